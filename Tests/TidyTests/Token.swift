/// A piece of Swift source, as far as the rules need to tell pieces apart.
struct Token: Equatable, Sendable {
    /// What kind of piece it is.
    enum Kind: Sendable {
        /// A name, a keyword or a number.
        case word
        /// One character that is neither.
        case mark
        /// A string literal; `text` is what stands between the quotes.
        case string
        /// A comment; `text` is the whole of it.
        case comment
    }

    let kind: Kind
    let text: String
    /// Line of its first character, from 1.
    let line: Int
    /// Whether white space stands before it.
    let isSpaced: Bool
}

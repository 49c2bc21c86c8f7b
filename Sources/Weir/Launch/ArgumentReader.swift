import WeirCore

/// Walks over the arguments of a command line and knows where it is.
struct ArgumentReader {
    /// One argument and its place.
    struct Argument {
        /// The text as given.
        let text: String
        /// Its number, from 1.
        let number: Int

        /// `argument 3 (--data)`.
        var position: String { "argument \(number) (\(text))" }
    }

    private let arguments: [String]
    private var index = 0

    init(_ arguments: [String]) { self.arguments = arguments }

    /// The next argument, or nil at the end.
    mutating func next() -> Argument? {
        guard index < arguments.count else { return nil }
        index += 1
        return Argument(text: arguments[index - 1], number: index)
    }

    /// All that is left.
    mutating func rest() -> [String] {
        let rest = Array(arguments[index...])
        index = arguments.count
        return rest
    }
}

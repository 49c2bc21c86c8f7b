/// A number with a unit behind it, as in `100 ms`.
enum Quantity {
    /// The number and the unit in small letters; nil if there is no number or it is too large.
    static func split(_ text: String) -> (number: Int, unit: String)? {
        let digits = text.utf8.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        guard !digits.isEmpty, let number = Int(Substring(digits)) else { return nil }
        let unit = text.utf8.dropFirst(digits.count).drop { $0 == UInt8(ascii: " ") }
        return (number, Substring(unit).lowercased())
    }
}

/// The rule for names in a `FileStore`.
public enum StoreName {
    /// The longest name, in bytes.
    public static let maximumBytes = 512

    /// Whether a name is a relative path of plain components.
    ///
    /// Letters, digits, `.`, `_` and `-` between single slashes; no component starts with a dot, so
    /// that a name read from a hostile manifest cannot leave the store's directory.
    public static func isValid(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= maximumBytes else { return false }
        var isAtStart = true
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "/"):
                if isAtStart { return false }
                isAtStart = true
            case UInt8(ascii: "."):
                if isAtStart { return false }
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                isAtStart = false
            default:
                return false
            }
        }
        return !isAtStart
    }
}

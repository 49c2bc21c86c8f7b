/// A number of bytes.
public struct ByteCount: Hashable, Comparable, Sendable {
    /// The number.
    public let bytes: Int

    /// Wraps a number.
    public init(_ bytes: Int) { self.bytes = bytes }

    /// `count` times 1024 × 1024 bytes.
    public static func mebibytes(_ count: Int) -> ByteCount { ByteCount(count << 20) }

    /// Orders by number.
    public static func < (a: ByteCount, b: ByteCount) -> Bool { a.bytes < b.bytes }

    /// Reads `4g`, `512 mb`, `64k`, `100`; units count in 1024s, as in Flink.
    ///
    /// Nil if the text is no such thing or the number is too large.
    public init?(_ text: String) {
        guard let (number, unit) = Quantity.split(text) else { return nil }
        let shift: Int
        switch unit {
        case "", "b", "byte", "bytes": shift = 0
        case "k", "kb", "kib", "kibibytes": shift = 10
        case "m", "mb", "mib", "mebibytes": shift = 20
        case "g", "gb", "gib", "gibibytes": shift = 30
        case "t", "tb", "tib", "tebibytes": shift = 40
        default: return nil
        }
        let (bytes, isTooLarge) = number.multipliedReportingOverflow(by: 1 << shift)
        guard !isTooLarge else { return nil }
        self.bytes = bytes
    }
}

extension ByteCount: CustomStringConvertible {
    /// The shortest exact form: `4g`, `1536m`, `100b`.
    public var description: String {
        for (unit, shift) in [("t", 40), ("g", 30), ("m", 20), ("k", 10)]
        where bytes != 0 && bytes % (1 << shift) == 0 {
            return "\(bytes >> shift)\(unit)"
        }
        return "\(bytes)b"
    }
}

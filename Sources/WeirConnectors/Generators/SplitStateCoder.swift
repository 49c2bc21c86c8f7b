import WeirCore

/// The form in which generators keep a split's position in a snapshot: a version byte, then numbers
/// of 64 bits, little endian.
enum SplitStateCoder {
    private static let version: UInt8 = 1

    /// The bytes of some numbers.
    static func encode(_ fields: [Int64]) -> [UInt8] {
        var bytes = [version]
        for field in fields {
            for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: field >> (8 * shift))) }
        }
        return bytes
    }

    /// The numbers, of which there must be `count`.
    ///
    /// - Throws: `incompatibleState` if the bytes have another length or version.
    static func decode(_ bytes: [UInt8], count: Int) throws(WeirError) -> [Int64] {
        guard bytes.count == 1 + 8 * count, bytes[0] == version else {
            throw WeirError(
                .incompatibleState,
                "A generator's split has \(bytes.count) bytes in the snapshot, version "
                    + "\(bytes.first ?? 0).",
                reason: "This version of Weir reads \(1 + 8 * count) bytes, version \(version).",
                fix: "Restore with the version of Weir that wrote the snapshot."
            )
        }
        return (0..<count).map { field in
            var number: UInt64 = 0
            for byte in 0..<8 {
                number |= UInt64(bytes[1 + field * 8 + byte]) << UInt64(8 * byte)
            }
            return Int64(bitPattern: number)
        }
    }
}

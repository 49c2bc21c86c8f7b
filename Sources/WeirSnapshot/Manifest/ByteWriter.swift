import CWeirIntrinsics

/// Builds the little-endian bytes of a manifest.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append<Integer: FixedWidthInteger>(_ value: Integer) {
        var rest = value
        for _ in 0..<Integer.bitWidth / 8 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest = Integer.bitWidth > 8 ? rest >> 8 : 0
        }
    }

    /// A count, length or other number that is never negative: groups of seven bits, lowest first.
    mutating func append(count: Int) {
        precondition(count >= 0, "a count of \(count)")
        var rest = UInt64(count)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func append(_ text: String) {
        append(count: text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    mutating func append(block: [UInt8]) {
        append(count: block.count)
        bytes.append(contentsOf: block)
    }

    mutating func append<Item>(list: [Item], _ write: (Item, inout ByteWriter) -> Void) {
        append(count: list.count)
        for item in list { write(item, &self) }
    }

    /// CRC32C of the bytes so far, continuing from that of other bytes.
    func checksum(continuing seed: UInt32) -> UInt32 {
        bytes.withUnsafeBytes { weir_crc32c(seed, $0.baseAddress, $0.count) }
    }
}

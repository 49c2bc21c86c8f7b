import CWeirIntrinsics
import WeirCore

/// Takes the little-endian bytes of a manifest apart; every read is checked against what is left.
struct ByteReader {
    /// What errors call the file.
    let name: String
    private let bytes: [UInt8]
    /// Where the next read starts.
    private(set) var position: Int
    /// Where the readable part ends.
    private let end: Int

    init(_ bytes: [UInt8], name: String) {
        self.bytes = bytes
        self.name = name
        position = 0
        end = bytes.count
    }

    /// Bytes left.
    var remaining: Int { end - position }

    /// The error for what has just been read.
    func corrupt(_ reason: String) -> WeirError { .corrupt(name, at: position, reason) }

    mutating func next<Integer: FixedWidthInteger>(
        _ type: Integer.Type
    ) throws(WeirError) -> Integer {
        let width = Integer.bitWidth / 8
        guard remaining >= width else { throw corrupt("The file ends inside a number.") }
        var value: Integer = 0
        for index in 0..<width {
            value |= Integer(truncatingIfNeeded: bytes[position + index]) << (8 * index)
        }
        position += width
        return value
    }

    /// A number of `ByteWriter.append(count:)`, refused above `limit`.
    mutating func nextCount(limit: Int = .max) throws(WeirError) -> Int {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 63 {
            let byte = try next(UInt8.self)
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 {
                guard value <= UInt64(limit) else { throw corrupt("A number is too large.") }
                return Int(value)
            }
            shift += 7
        }
        throw corrupt("A number is too large.")
    }

    mutating func nextBlock() throws(WeirError) -> [UInt8] {
        let count = try nextCount(limit: remaining)
        guard count <= remaining else { throw corrupt("The file ends inside a block of bytes.") }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    mutating func nextString() throws(WeirError) -> String {
        guard let text = String(validating: try nextBlock(), as: UTF8.self) else {
            throw corrupt("A text is not UTF-8.")
        }
        return text
    }

    mutating func nextFlag() throws(WeirError) -> Bool {
        switch try next(UInt8.self) {
        case 0: return false
        case 1: return true
        default: throw corrupt("A flag is neither 0 nor 1.")
        }
    }

    /// A list whose items take `smallest` bytes at least, so that a wrong count takes no memory.
    mutating func nextList<Item>(
        smallest: Int,
        _ read: (inout ByteReader) throws(WeirError) -> Item
    ) throws(WeirError) -> [Item] {
        let count = try nextCount(limit: remaining / smallest)
        var items: [Item] = []
        items.reserveCapacity(count)
        for _ in 0..<count { items.append(try read(&self)) }
        return items
    }

    /// CRC32C of some of the bytes, continuing from that of other bytes.
    func checksum(of range: Range<Int>, continuing seed: UInt32 = 0) -> UInt32 {
        bytes.withUnsafeBytes { buffer in
            let part = UnsafeRawBufferPointer(rebasing: buffer[range])
            return weir_crc32c(seed, part.baseAddress, part.count)
        }
    }
}

import WeirCore
import WeirData

/// Builds and reads keys of sorted states: parts whose bytes order as their values do.
///
/// ```
/// i64      8 bytes, big endian, top bit flipped
/// key      8 or 16 bytes as they are; or length u32 BE, then the bytes
/// ```
struct SortedKey: ~Copyable {
    var writer = ByteWriter(capacity: 64)

    /// Starts anew.
    mutating func reset() { writer.removeAll() }

    /// The bytes so far; valid until the next change.
    var bytes: UnsafeRawBufferPointer { writer.bytes }

    /// Appends an integer.
    mutating func append(_ value: Int64) {
        writer.append(integer: (UInt64(bitPattern: value) ^ (1 << 63)).bigEndian)
    }

    /// Appends an operator's key.
    mutating func append(key: UnsafeRawBufferPointer, _ layout: KeyLayout) {
        if layout == .variable { writer.append(integer: UInt32(key.count).bigEndian) }
        writer.append(bytes: key)
    }

    /// Reads an integer.
    static func integer(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int64 {
        let word = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        return Int64(bitPattern: word ^ (1 << 63))
    }

    /// Bytes that an operator's key takes at an offset, length included, and those in front of it.
    static func keySpan(
        _ bytes: UnsafeRawBufferPointer,
        at offset: Int,
        _ layout: KeyLayout
    ) -> (start: Int, end: Int) {
        if let size = layout.size { return (offset, offset + size) }
        let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        let start = offset + 4
        return (start, start + Int(UInt32(bigEndian: word)))
    }
}

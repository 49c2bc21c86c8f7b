/// The bytes under which an entry lies in an image, in the order of `memcmp`.
///
/// ```
/// key group u16 big endian | state id u16 big endian | key bytes
/// ```
enum ImageKey {
    /// Bytes in front of the key.
    static let prefixBytes = 4

    /// Writes the prefix of a key.
    static func storePrefix(keyGroup: UInt16, state: UInt16, to target: UnsafeMutableRawPointer) {
        // SAFETY: the callers give at least `prefixBytes`.
        target.storeBytes(of: keyGroup.bigEndian, as: UInt16.self)
        target.storeBytes(of: state.bigEndian, toByteOffset: 2, as: UInt16.self)
    }

    /// Calls `body` with prefix and key as one run of bytes.
    static func withBytes<Result>(
        keyGroup: UInt16,
        state: UInt16,
        key: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        withUnsafeTemporaryAllocation(byteCount: prefixBytes + key.count, alignment: 8) { bytes in
            if let start = bytes.baseAddress {
                storePrefix(keyGroup: keyGroup, state: state, to: start)
                // SAFETY: the allocation holds prefix and key.
                if let source = key.baseAddress {
                    (start + prefixBytes).copyMemory(from: source, byteCount: key.count)
                }
            }
            return body(UnsafeRawBufferPointer(bytes))
        }
    }

    /// The first bytes of a key group; also the end of the groups below it.
    static func start(ofKeyGroup keyGroup: Int) -> [UInt8] {
        [UInt8(keyGroup >> 8), UInt8(keyGroup & 0xFF)]
    }

    /// Prefix and key as an array.
    static func bytes(
        keyGroup: UInt16,
        state: UInt16,
        key: UnsafeRawBufferPointer
    ) -> [UInt8] {
        withBytes(keyGroup: keyGroup, state: state, key: key) { [UInt8]($0) }
    }

    /// The smallest bytes above all that begin with `prefix`; nil if there are none.
    static func successor(of prefix: [UInt8]) -> [UInt8]? {
        var bytes = prefix
        while let last = bytes.last {
            if last < 0xFF {
                bytes[bytes.count - 1] = last + 1
                return bytes
            }
            bytes.removeLast()
        }
        return nil
    }

    /// Takes an entry's bytes apart; nil if they are too short to be one.
    static func entry(
        key: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer
    ) -> ImageEntry? {
        guard key.count >= prefixBytes else { return nil }
        // SAFETY: four bytes are there.
        return ImageEntry(
            keyGroup: UInt16(bigEndian: key.loadUnaligned(as: UInt16.self)),
            state: UInt16(bigEndian: key.loadUnaligned(fromByteOffset: 2, as: UInt16.self)),
            key: UnsafeRawBufferPointer(rebasing: key[prefixBytes...]),
            value: value
        )
    }
}

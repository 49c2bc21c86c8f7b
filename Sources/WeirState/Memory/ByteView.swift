/// Bytes of any length in a slot of 16: up to 12 lie in the slot, more in the table's payloads.
///
/// ```
/// length u32 | 12 bytes, the rest zero
/// length u32 | first 4 bytes | address u64
/// ```
@usableFromInline
enum ByteView {
    static let width = 16
    @usableFromInline static let inlineCount = 12

    // SAFETY: every function takes the address of a slot of 16 bytes, aligned to 4; the address in
    // a long view is a live payload of `count` bytes until `release` of that slot.

    @inlinable
    static func count(_ slot: UnsafeRawPointer) -> Int { Int(slot.load(as: UInt32.self)) }

    /// The bytes; valid until the slot is changed or moved.
    @inlinable
    static func bytes(_ slot: UnsafeRawPointer) -> UnsafeRawBufferPointer {
        let count = count(slot)
        if count <= inlineCount { return UnsafeRawBufferPointer(start: slot + 4, count: count) }
        let address = UInt(slot.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        return UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: count)
    }

    /// Fills a slot that holds nothing.
    static func store(
        _ bytes: UnsafeRawBufferPointer,
        at slot: UnsafeMutableRawPointer,
        _ payloads: PayloadAllocator
    ) {
        precondition(bytes.count <= UInt32.max, "a value of \(bytes.count) bytes")
        clear(slot)
        slot.storeBytes(of: UInt32(bytes.count), as: UInt32.self)
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        if bytes.count <= inlineCount {
            (slot + 4).copyMemory(from: source, byteCount: bytes.count)
            return
        }
        let payload = payloads.allocate(bytes.count)
        payload.copyMemory(from: source, byteCount: bytes.count)
        (slot + 4).copyMemory(from: source, byteCount: 4)
        slot.storeBytes(of: UInt64(UInt(bitPattern: payload)), toByteOffset: 8, as: UInt64.self)
    }

    /// Replaces what a slot holds; in place if the payload's block fits.
    static func replace(
        _ bytes: UnsafeRawBufferPointer,
        at slot: UnsafeMutableRawPointer,
        _ payloads: PayloadAllocator
    ) {
        let old = count(slot)
        let fits =
            old > inlineCount && bytes.count > inlineCount
            && PayloadAllocator.blockBytes(old) == PayloadAllocator.blockBytes(bytes.count)
        guard fits, let source = bytes.baseAddress,
            let payload = UnsafeMutableRawPointer(mutating: self.bytes(slot).baseAddress)
        else {
            release(slot, payloads)
            return store(bytes, at: slot, payloads)
        }
        payload.copyMemory(from: source, byteCount: bytes.count)
        slot.storeBytes(of: UInt32(bytes.count), as: UInt32.self)
        (slot + 4).copyMemory(from: source, byteCount: 4)
    }

    /// Gives a payload back and leaves an empty view.
    static func release(_ slot: UnsafeMutableRawPointer, _ payloads: PayloadAllocator) {
        let bytes = bytes(slot)
        if bytes.count > inlineCount, let start = bytes.baseAddress {
            payloads.release(UnsafeMutableRawPointer(mutating: start), bytes.count)
        }
        clear(slot)
    }

    private static func clear(_ slot: UnsafeMutableRawPointer) {
        slot.initializeMemory(as: UInt8.self, repeating: 0, count: width)
    }
}

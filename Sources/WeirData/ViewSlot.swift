/// A string or bytes value in a column: 16 bytes, as Apache Arrow's Utf8View and BinaryView.
///
/// ```
/// length u32 | 12 bytes, if length <= 12
/// length u32 | first 4 bytes | buffer u32 | offset u32, else
/// ```
@frozen
public struct ViewSlot {
    /// Length and the first four bytes.
    public var head: UInt64
    /// Inline bytes 5 to 12, or buffer index (low) and offset (high).
    public var tail: UInt64

    /// Wraps the two words.
    @inlinable
    public init(head: UInt64, tail: UInt64) {
        self.head = head
        self.tail = tail
    }

    /// The empty string.
    @inlinable
    public static var empty: ViewSlot { ViewSlot(head: 0, tail: 0) }

    /// Bytes of the value.
    @inlinable
    public var length: Int { Int(truncatingIfNeeded: head & 0xFFFF_FFFF) }

    /// Longest value kept inline.
    @inlinable
    public static var inlineLimit: Int { 12 }
}

/// The bytes behind the views of one column: buffers that never move while the column lives.
///
/// Lives in raw memory beside the column, so that row kernels reach it without reference counting.
@frozen
public struct ViewHeap {
    // SAFETY: the buffers belong to the column whose heap this is, grow only at the end and never
    // move, so that offsets in views stay valid.
    /// The buffers.
    public var buffers: UnsafeMutablePointer<UnsafeMutableRawPointer>?
    /// How many buffers there are.
    public var bufferCount: Int
    /// How many fit into `buffers`.
    public var bufferLimit: Int
    /// Bytes used of the last buffer.
    public var used: Int
    /// Bytes of the last buffer.
    public var size: Int
    /// Bytes of all buffers.
    public var totalBytes: Int

    /// An empty heap.
    @inlinable
    public init() {
        buffers = nil
        bufferCount = 0
        bufferLimit = 0
        used = 0
        size = 0
        totalBytes = 0
    }

    /// Room for `count` bytes; returns the buffer's index and the offset.
    @inlinable
    public mutating func reserve(_ count: Int) -> (buffer: Int, offset: Int) {
        if used &+ count > size { grow(count) }
        let offset = used
        used &+= count
        return (bufferCount &- 1, offset)
    }

    /// Adds a buffer of at least `count` bytes, and sixteen that writers of whole words may touch;
    /// twice the last one's size, 1 MiB at most.
    @usableFromInline
    mutating func grow(_ count: Int) {
        if bufferCount == bufferLimit {
            let limit = max(4, bufferLimit * 2)
            let moved = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(capacity: limit)
            if let buffers {
                moved.update(from: buffers, count: bufferCount)
                buffers.deallocate()
            }
            buffers = moved
            bufferLimit = limit
        }
        let next = max(count, min(max(4096, size * 2), 1 << 20))
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: next + 16, alignment: 64)
        buffers.unsafelyUnwrapped[bufferCount] = buffer
        bufferCount += 1
        size = next
        used = 0
        totalBytes += next
    }

    /// Frees all buffers.
    @usableFromInline
    mutating func free() {
        for index in 0..<bufferCount { buffers.unsafelyUnwrapped[index].deallocate() }
        buffers?.deallocate()
        self = ViewHeap()
    }

    /// Forgets all values; keeps the largest buffer.
    mutating func reset() {
        guard bufferCount > 0, let buffers else { return }
        for index in 0..<(bufferCount - 1) { buffers[index].deallocate() }
        buffers[0] = buffers[bufferCount - 1]
        bufferCount = 1
        used = 0
        totalBytes = size
    }
}

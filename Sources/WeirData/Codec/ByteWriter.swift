/// A growing buffer of raw bytes that encoders write into: little endian, no padding.
///
/// Owned by one thread. `removeAll` keeps the memory, so that a writer can be used again without
/// an allocation.
@frozen
public struct ByteWriter: ~Copyable {
    /// Where the bytes lie; moves when the writer grows.
    public private(set) var base: UnsafeMutableRawPointer
    @usableFromInline var filled: Int
    /// Bytes that fit without growing.
    public private(set) var capacity: Int

    /// An empty writer with memory for `capacity` bytes.
    public init(capacity: Int = 256) {
        self.capacity = max(16, capacity)
        base = .allocate(byteCount: self.capacity, alignment: 16)
        filled = 0
    }

    deinit { base.deallocate() }

    /// Bytes written.
    @inlinable
    public var count: Int { filled }

    /// The bytes written; valid until the next write.
    @inlinable
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: count)
    }

    /// A copy of the bytes written.
    public var array: [UInt8] { [UInt8](bytes) }

    /// Forgets the bytes and keeps the memory.
    @inlinable
    public mutating func removeAll() { filled = 0 }

    /// Forgets the bytes from `length` on.
    @inlinable
    public mutating func truncate(to length: Int) {
        precondition(length >= 0 && length <= count, "truncating \(count) bytes to \(length)")
        filled = length
    }

    /// Forgets the first `length` bytes; what follows moves to the front.
    public mutating func removeFirst(_ length: Int) {
        precondition(length >= 0 && length <= count, "removing \(length) of \(count) bytes")
        base.copyMemory(from: base + length, byteCount: count - length)
        filled -= length
    }

    /// Room for `length` bytes behind the last one; they count only after `advance`.
    @inlinable
    public mutating func reserve(_ length: Int) -> UnsafeMutableRawPointer {
        if count &+ length > capacity { grow(length) }
        return base + count
    }

    /// Counts bytes that were written into reserved room.
    @inlinable
    public mutating func advance(_ length: Int) {
        filled &+= length
        assert(count <= capacity)
    }

    /// Appends an integer, little endian.
    @inlinable
    public mutating func append<T: FixedWidthInteger & BitwiseCopyable>(integer value: T) {
        let target = reserve(MemoryLayout<T>.size)
        target.storeBytes(of: value.littleEndian, as: T.self)
        filled &+= MemoryLayout<T>.size
    }

    /// Appends one byte.
    @inlinable
    public mutating func append(byte value: UInt8) { append(integer: value) }

    /// Appends a double's bits.
    @inlinable
    public mutating func append(double value: Double) { append(integer: value.bitPattern) }

    /// Appends an unsigned number in 1 to 10 bytes: seven bits each, low ones first (LEB128).
    @inlinable
    public mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(byte: UInt8(truncatingIfNeeded: rest) | 0x80)
            rest &>>= 7
        }
        append(byte: UInt8(truncatingIfNeeded: rest))
    }

    /// Appends a count as a varint.
    @inlinable
    public mutating func append(count value: Int) {
        precondition(value >= 0, "negative count \(value)")
        append(varint: UInt64(value))
    }

    /// Appends bytes as they are.
    @inlinable
    public mutating func append(bytes source: UnsafeRawBufferPointer) {
        guard let start = source.baseAddress, !source.isEmpty else { return }
        reserve(source.count).copyMemory(from: start, byteCount: source.count)
        filled &+= source.count
    }

    /// Appends bytes as they are.
    public mutating func append(bytes source: [UInt8]) {
        source.withUnsafeBytes { append(bytes: $0) }
    }

    /// Appends a varint of the length, then the bytes.
    @inlinable
    public mutating func append(sized source: UnsafeRawBufferPointer) {
        append(count: source.count)
        append(bytes: source)
    }

    /// Appends a varint of the length, then the bytes.
    public mutating func append(sized source: [UInt8]) {
        source.withUnsafeBytes { append(sized: $0) }
    }

    /// Appends text: a varint of its length in UTF-8, then the bytes.
    public mutating func append(string: String) {
        var string = string
        string.withUTF8 { append(sized: UnsafeRawBufferPointer($0)) }
    }

    /// Appends zeros and returns the offset of the first.
    @inlinable
    @discardableResult
    public mutating func append(zeros length: Int) -> Int {
        let start = count
        reserve(length).initializeMemory(as: UInt8.self, repeating: 0, count: length)
        filled &+= length
        return start
    }

    /// Overwrites an integer that was written before.
    @inlinable
    public mutating func patch<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, at offset: Int) {
        precondition(
            offset >= 0 && offset &+ MemoryLayout<T>.size <= count,
            "patch at \(offset) of \(count) bytes"
        )
        base.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
    }

    /// Doubles the memory, or more if `length` bytes need it.
    @usableFromInline
    mutating func grow(_ length: Int) {
        let larger = max(count + length, capacity * 2)
        // SAFETY: the old memory is freed after its bytes were copied; nobody else holds it, since
        // `bytes` is documented to end with the next write.
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        moved.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = moved
        capacity = larger
    }
}

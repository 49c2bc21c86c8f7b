import WeirCore

/// Reads what a `ByteWriter` wrote, from bytes that may be hostile: every length is checked before
/// it is used, and what does not fit is a `corruptBytes` error.
///
/// Valid while the bytes are.
@frozen
public struct ByteReader {
    /// All bytes.
    public let bytes: UnsafeRawBufferPointer
    @usableFromInline var position: Int

    /// Reads from the first of `bytes`.
    @inlinable
    public init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        position = 0
    }

    /// How many bytes were read.
    @inlinable
    public var offset: Int { position }

    /// Bytes not read yet.
    @inlinable
    public var remaining: Int { bytes.count &- offset }

    /// Whether all bytes were read.
    @inlinable
    public var isAtEnd: Bool { offset == bytes.count }

    /// Reads an integer, little endian.
    @inlinable
    public mutating func readInteger<T: FixedWidthInteger & BitwiseCopyable>(
        as type: T.Type = T.self
    ) throws(WeirError) -> T {
        guard remaining >= MemoryLayout<T>.size else {
            throw tooShort(MemoryLayout<T>.size)
        }
        let value = bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
        position &+= MemoryLayout<T>.size
        return T(littleEndian: value)
    }

    /// Reads one byte.
    @inlinable
    public mutating func readByte() throws(WeirError) -> UInt8 { try readInteger() }

    /// Reads a double's bits.
    @inlinable
    public mutating func readDouble() throws(WeirError) -> Double {
        Double(bitPattern: try readInteger())
    }

    /// Reads a byte that must be 0 or 1.
    public mutating func readBoolean() throws(WeirError) -> Bool {
        let byte = try readByte()
        guard byte <= 1 else { throw corrupt("byte \(byte) where 0 or 1 must be") }
        return byte == 1
    }

    /// Reads a number of 1 to 10 bytes.
    @inlinable
    public mutating func readVarint() throws(WeirError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try readByte()
            if shift == 63 && byte > 1 { throw corrupt("a number longer than 64 bits") }
            value |= UInt64(byte & 0x7f) &<< shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
    }

    /// Reads the count of elements that take at least `elementSize` bytes each; more than the
    /// remaining bytes can hold is an error, so that the count is safe to allocate for.
    @inlinable
    public mutating func readCount(elementSize: Int = 1) throws(WeirError) -> Int {
        let count = try readVarint()
        guard count <= UInt64(remaining / max(1, elementSize)) else {
            throw corrupt("\(count) elements do not fit into \(remaining) bytes")
        }
        return Int(count)
    }

    /// Reads `count` bytes; valid while the reader's bytes are.
    @inlinable
    public mutating func readBytes(_ count: Int) throws(WeirError) -> UnsafeRawBufferPointer {
        guard count >= 0 && count <= remaining else { throw tooShort(count) }
        let slice = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset &+ count)])
        position &+= count
        return slice
    }

    /// Reads bytes behind a varint of their length.
    @inlinable
    public mutating func readSized() throws(WeirError) -> UnsafeRawBufferPointer {
        let count = try readCount()
        return try readBytes(count)
    }

    /// Reads text behind a varint of its length; bytes that are not UTF-8 are an error.
    public mutating func readString() throws(WeirError) -> String {
        guard let string = String(validating: try readSized(), as: UTF8.self) else {
            throw corrupt("text is not UTF-8")
        }
        return string
    }

    /// Throws unless all bytes were read.
    public func finish() throws(WeirError) {
        guard isAtEnd else { throw corrupt("\(remaining) bytes are left over") }
    }

    /// The error for bytes that do not decode, with the offset.
    public func corrupt(_ reason: String) -> WeirError {
        WeirError(
            .corruptBytes,
            "Encoded bytes do not decode.",
            position: "byte \(offset) of \(bytes.count)",
            reason: reason
        )
    }

    @usableFromInline
    func tooShort(_ needed: Int) -> WeirError {
        corrupt("\(needed) bytes needed, \(remaining) there")
    }
}

extension Array where Element == UInt8 {
    /// Decodes the bytes with a reader that is valid inside `body`.
    public func withReader<Result>(
        _ body: (inout ByteReader) throws(WeirError) -> Result
    ) throws(WeirError) -> Result {
        try withUnsafeBufferPointer { buffer throws(WeirError) -> Result in
            var reader = ByteReader(UnsafeRawBufferPointer(buffer))
            return try body(&reader)
        }
    }
}

/// One entry of a segment; the bytes are valid until the reader moves on.
@frozen
public struct SegmentEntry {
    /// The key group of the key.
    public let keyGroup: UInt16
    /// The state that the entry belongs to.
    public let state: UInt16
    /// The key.
    public let key: UnsafeRawBufferPointer
    /// The value; nil if the key was removed.
    public let value: UnsafeRawBufferPointer?

    /// Wraps the parts.
    @inlinable
    public init(
        keyGroup: UInt16,
        state: UInt16,
        key: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer?
    ) {
        self.keyGroup = keyGroup
        self.state = state
        self.key = key
        self.value = value
    }
}

/// Walks over the entries of one block in memory; never reads past its end, whatever the bytes.
@frozen
@usableFromInline
struct SegmentCursor {
    @usableFromInline let payload: UnsafeRawBufferPointer
    /// Where the next entry starts in the payload.
    @usableFromInline var position = 0
    /// Entries that the block's header promises and that have not been read.
    @usableFromInline var remaining: Int
    /// Whether an entry did not fit its block; there is nothing more to read then.
    @usableFromInline var isDamaged = false

    @inlinable
    init(payload: UnsafeRawBufferPointer, entryCount: Int) {
        self.payload = payload
        remaining = entryCount
    }

    /// The next entry; nil at the end, or if the bytes do not fit the format.
    @inlinable
    @inline(__always)
    mutating func next() -> SegmentEntry? {
        guard remaining > 0 else {
            isDamaged = position != payload.count
            return nil
        }
        // SAFETY: every load and slice below is preceded by a comparison with the bytes left.
        guard payload.count &- position >= 6 else { return fail() }
        let keyGroup = payload.loadUnaligned(fromByteOffset: position, as: UInt16.self)
        let state = payload.loadUnaligned(fromByteOffset: position &+ 2, as: UInt16.self)
        position &+= 4
        let keyLength = nextLength()
        let valueLength = nextLength() &- 1
        let left = payload.count &- position
        guard keyLength >= 0, valueLength >= -1, keyLength <= left,
            valueLength <= left &- keyLength
        else { return fail() }
        let key = UnsafeRawBufferPointer(
            rebasing: payload[position..<position &+ keyLength]
        )
        position &+= keyLength
        remaining &-= 1
        guard valueLength >= 0 else {
            return SegmentEntry(
                keyGroup: UInt16(littleEndian: keyGroup),
                state: UInt16(littleEndian: state),
                key: key,
                value: nil
            )
        }
        let value = UnsafeRawBufferPointer(
            rebasing: payload[position..<position &+ valueLength]
        )
        position &+= valueLength
        return SegmentEntry(
            keyGroup: UInt16(littleEndian: keyGroup),
            state: UInt16(littleEndian: state),
            key: key,
            value: value
        )
    }

    /// A length in groups of seven bits; -1 if it does not end or is longer than five bytes.
    @inlinable
    @inline(__always)
    mutating func nextLength() -> Int {
        var length = 0
        var shift = 0
        while position < payload.count, shift < 35 {
            let byte = Int(payload[position])
            position &+= 1
            length |= (byte & 0x7F) &<< shift
            if byte < 0x80 { return length }
            shift &+= 7
        }
        return -1
    }

    @inlinable
    mutating func fail() -> SegmentEntry? {
        isDamaged = true
        remaining = 0
        return nil
    }
}

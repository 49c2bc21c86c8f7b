/// Seven entries with their metadata in front: 128 bytes, two cache lines, for 8-byte keys and
/// values.
///
/// ```
/// 0   tag × 7           0x80 | seven bits of the hash; 0: free
/// 7   overflow          keys that went past this full bucket; 255 sticks
/// 8   flags × 7         see EntryFlags
/// 15  unused
/// 16  (key, value) × 7
/// ```
/// A search compares seven tags at once and goes on to the next bucket only if `overflow` is not
/// zero, as in Facebook's F14 (Bronson, Shi, 2019).
@frozen
@usableFromInline
struct FlatBucket {
    @usableFromInline static let slotCount = 7
    @usableFromInline static let headerBytes = 16
    @usableFromInline static let eachTag: UInt64 = 0x0001_0101_0101_0101
    @usableFromInline static let eachTagTop: UInt64 = 0x0080_8080_8080_8080

    // SAFETY: a bucket is made only from an address inside a segment's buckets, and slots are
    // 0..<7; so all accesses below stay inside the bucket.
    @usableFromInline let start: UnsafeMutableRawPointer

    @inlinable
    @inline(__always)
    init(_ start: UnsafeMutableRawPointer) { self.start = start }

    /// The tag byte of a hash.
    @inlinable
    @inline(__always)
    static func tag(_ hash: UInt64) -> UInt64 { 0x80 | (hash & 0x7f) }

    /// The index of a hash's home, before the mask of the segment.
    @inlinable
    @inline(__always)
    static func home(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash) &>> 7 }

    @inlinable
    @inline(__always)
    var tags: UInt64 { UInt64(littleEndian: start.load(as: UInt64.self)) }

    /// The top bit of each byte whose slot has this tag; rarely one more, so keys are compared.
    @inlinable
    @inline(__always)
    static func matches(_ tags: UInt64, _ tag: UInt64) -> UInt64 {
        let difference = tags ^ (tag &* eachTag)
        return (difference &- eachTag) & ~difference & eachTagTop
    }

    /// The first free slot, 7 if there is none.
    @inlinable
    @inline(__always)
    var firstFree: Int { ((~tags & Self.eachTagTop) | (1 &<< 63)).trailingZeroBitCount &>> 3 }

    @inlinable
    @inline(__always)
    var overflow: UInt8 {
        get { start.load(fromByteOffset: 7, as: UInt8.self) }
        nonmutating set { start.storeBytes(of: newValue, toByteOffset: 7, as: UInt8.self) }
    }

    @inlinable
    @inline(__always)
    func isUsed(_ slot: Int) -> Bool { start.load(fromByteOffset: slot, as: UInt8.self) != 0 }

    @inlinable
    @inline(__always)
    func hasTag(_ slot: Int, _ tag: UInt8) -> Bool {
        start.load(fromByteOffset: slot, as: UInt8.self) == tag
    }

    @inlinable
    @inline(__always)
    func setTag(_ slot: Int, _ tag: UInt8) {
        start.storeBytes(of: tag, toByteOffset: slot, as: UInt8.self)
    }

    @inlinable
    @inline(__always)
    func flags(_ slot: Int) -> UInt8 { start.load(fromByteOffset: 8 &+ slot, as: UInt8.self) }

    @inlinable
    @inline(__always)
    func setFlags(_ slot: Int, _ flags: UInt8) {
        start.storeBytes(of: flags, toByteOffset: 8 &+ slot, as: UInt8.self)
    }

    /// A one in the lowest bit of each byte whose slot has this flag, which is a single bit.
    @inline(__always)
    func slots(with flag: UInt8) -> UInt64 {
        let all = UInt64(littleEndian: start.load(fromByteOffset: 8, as: UInt64.self))
        return (all &>> UInt64(flag.trailingZeroBitCount)) & Self.eachTag
    }

    /// Notes that the checkpoint with this tag took the slots that have a one in `slots`.
    @inline(__always)
    func setSerialised(_ slots: UInt64, tag: UInt8) {
        let bytes = slots &* 0xff
        let all = UInt64(littleEndian: start.load(fromByteOffset: 8, as: UInt64.self))
        let cleared = all & ~(bytes & (Self.eachTag &* UInt64(EntryFlags.replacedBySerialising)))
        let set = slots &* UInt64(EntryFlags.persisted | tag &<< EntryFlags.tagShift)
        start.storeBytes(of: (cleared | set).littleEndian, toByteOffset: 8, as: UInt64.self)
    }

    @inlinable
    @inline(__always)
    func entry(_ slot: Int, _ entryWidth: Int) -> UnsafeMutableRawPointer {
        start + (Self.headerBytes &+ slot &* entryWidth)
    }
}

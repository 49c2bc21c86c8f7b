import CWeirIntrinsics
import WeirCore

/// What is known of a key of a batch before its turn comes: where its search begins, and where it
/// most likely ends.
///
/// A batch keeps a ring of them, so that a key's bucket is computed once, and its two cache lines
/// are on their way long before its entry is changed. They are guesses in so far as a key before
/// may take a slot or empty one; the one who uses a slot looks at its tag and key again.
@frozen
@usableFromInline
struct FlatHome {
    // SAFETY: buckets are those of the segment until the layout version changes, and slots are
    // 0..<7.

    /// How many a ring holds: a power of two, at least `locateDistance` and a stride.
    @usableFromInline static let ringSize = 128
    /// How many keys ahead buckets are computed and their heads asked for.
    @usableFromInline static let locateDistance = 64
    /// How many keys ahead the entry is asked for, whose slot the head tells by then.
    @usableFromInline static let lookDistance = 32
    /// Keys that go through a stage together.
    @usableFromInline static let stride = 16

    /// The bucket where the search begins.
    @usableFromInline var bucket: FlatBucket
    /// The first slot there with the key's tag; 0 if none has it.
    @usableFromInline var slot: UInt32
    /// The segment of the bucket; `FlatSegment.none` before the first entry of the group.
    @usableFromInline var segment: UInt32

    /// The home of a hash; its slot is not known yet.
    @inlinable
    @inline(__always)
    init(_ core: FlatCore, _ hash: UInt64) {
        let entry = core.directoryEntry(hash)
        let number = FlatBucket.home(hash) & entry.pointee.bucketMask
        bucket = FlatBucket(entry.pointee.buckets + Int(number) &* core.bucketBytes)
        slot = 0
        segment = entry.pointee.segment
    }

    /// Asks for the head of the bucket.
    @inlinable
    @inline(__always)
    func prefetchHead() { weir_prefetch(bucket.start) }

    /// Asks for the line behind the head, too.
    @inlinable
    @inline(__always)
    func prefetchSecondLine() { weir_prefetch(bucket.start + 64) }

    /// Looks for the slot with the hash's tag and asks for its entry.
    @inlinable
    @inline(__always)
    mutating func look(_ hash: UInt64, entryWidth: Int) {
        let matches = FlatBucket.matches(bucket.tags, FlatBucket.tag(hash))
        // Without a match all bits of the mask are there, and the slot is 0.
        let number = (matches.trailingZeroBitCount &>> 3) & 7
        slot = UInt32(truncatingIfNeeded: number)
        weir_prefetch(bucket.entry(number, entryWidth))
    }
}

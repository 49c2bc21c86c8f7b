import CWeirIntrinsics
import WeirCore

/// What is known of a key of a batch before its turn comes: where its search begins, and where it
/// most likely ends.
///
/// A table keeps one for each key of the batch in work, so that a bucket's address is computed once,
/// and both of its cache lines are on their way long before the entry is changed. The slot is a
/// guess, since a key before may take it or empty it: who uses it looks at its tag and key again.
@frozen
@usableFromInline
struct FlatHome {
    // SAFETY: the bucket is one of a segment, or the empty one, until the layout version changes;
    // slots are 0..<7.

    /// Keys that are located together.
    @usableFromInline static let mostKeys = 1024
    /// How many keys ahead the heads of buckets are asked for.
    @usableFromInline static let headDistance = 64
    /// How many keys ahead the entry is asked for, whose slot the head tells by then.
    @usableFromInline static let entryDistance = 32
    /// Homes of an empty bucket stand behind the last key, so that looking ahead needs no limit.
    static let capacity = mostKeys + headDistance

    /// The bucket where the search begins.
    @usableFromInline let bucket: FlatBucket
    /// The segment of the bucket; `FlatSegment.none` before the first entry of the group.
    @usableFromInline let segment: UInt32
    /// The first slot there with the key's tag, once `look` has found it; 0 if none has it.
    @usableFromInline var slot: UInt8 = 0
    /// The key's tag.
    @usableFromInline let tag: UInt8

    @inline(__always)
    init(_ bucket: FlatBucket, segment: UInt32, tag: UInt64) {
        self.bucket = bucket
        self.segment = segment
        self.tag = UInt8(truncatingIfNeeded: tag)
    }

    /// Asks for the head of the bucket, and for the line behind it if the whole bucket is needed.
    @inlinable
    @inline(__always)
    func prefetch(wholeBucket: Bool) {
        weir_prefetch(bucket.start)
        if wholeBucket { weir_prefetch(bucket.start + 64) }
    }

    /// Looks for the slot with the key's tag and asks for its entry, or for the bucket behind.
    @inlinable
    @inline(__always)
    mutating func look(_ entryWidth: Int) {
        let matches = FlatBucket.matches(bucket.tags, UInt64(tag))
        if matches == 0 {
            // Some eight of a hundred keys went past their full bucket.
            let next = bucket.entry(FlatBucket.slotCount, entryWidth)
            weir_prefetch(next)
            weir_prefetch(next + 64)
            return
        }
        let number = matches.trailingZeroBitCount &>> 3
        slot = UInt8(truncatingIfNeeded: number)
        weir_prefetch(bucket.entry(number, entryWidth))
    }
}

extension FlatTable {
    // SAFETY: the caller gives `count` hashes, at most as many as there is room for.

    /// Computes the homes of `count` keys, `FlatHome.mostKeys` at most.
    @usableFromInline
    func locate(_ hashes: UnsafePointer<UInt64>, _ count: Int) {
        precondition(count <= FlatHome.mostKeys, "\(count) keys located together")
        let core = core.pointee
        for index in 0..<count {
            let hash = hashes[index]
            let entry = core.directoryEntry(hash).pointee
            let number = Int(FlatBucket.home(hash) & entry.bucketMask)
            core.homes[index] = FlatHome(
                FlatBucket(entry.buckets + number &* core.bucketBytes),
                segment: entry.segment,
                tag: FlatBucket.tag(hash)
            )
        }
        let none = FlatHome(FlatBucket(emptyBucket), segment: FlatSegment.none, tag: 0x80)
        (core.homes + count).update(repeating: none, count: FlatHome.headDistance)
    }
}

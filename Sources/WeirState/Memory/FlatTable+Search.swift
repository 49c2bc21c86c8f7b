import CWeirIntrinsics
import WeirCore

/// A slot that is in use, and where it lies.
@frozen
@usableFromInline
struct FlatSlot {
    // SAFETY: the directory entry names buckets that live until the table changes, and the
    // mask keeps bucket numbers inside.

    @usableFromInline let bucket: FlatBucket
    @usableFromInline let slot: Int
    @usableFromInline let segment: UInt32

    @inlinable
    @inline(__always)
    init(bucket: FlatBucket, slot: Int, segment: UInt32) {
        self.bucket = bucket
        self.slot = slot
        self.segment = segment
    }
}

extension FlatCore {
    /// The directory entry for a hash.
    @inlinable
    @inline(__always)
    func directoryEntry(_ hash: UInt64) -> UnsafeMutablePointer<FlatDirectoryEntry> {
        let place = (hash &>> 32) &* maxParallelism
        let index = (place &>> 32) &- lowerGroup
        precondition(index < groupCount, "a key of a key group that this subtask does not own")
        let group = groups + Int(truncatingIfNeeded: index)
        let inGroup = place & 0xffff_ffff
        return group.pointee.directory
            + Int(truncatingIfNeeded: inGroup &>> UInt64(group.pointee.shift))
    }

    /// The address of the bucket where a search for a hash begins.
    @inlinable
    @inline(__always)
    func homeAddress(_ hash: UInt64) -> UnsafeMutableRawPointer {
        let entry = directoryEntry(hash)
        let home = FlatBucket.home(hash) & entry.pointee.bucketMask
        return entry.pointee.buckets + Int(home) &* bucketBytes
    }

    /// The slot of a key, tombstones included.
    @inlinable
    @inline(__always)
    func find<Key: FlatKey>(_ key: Key, _ hash: UInt64) -> FlatSlot? {
        let entry = directoryEntry(hash).pointee
        let tag = FlatBucket.tag(hash)
        let home = FlatBucket.home(hash) & entry.bucketMask
        var index = home
        while true {
            let bucket = FlatBucket(entry.buckets + Int(index) &* bucketBytes)
            let tags = bucket.tags
            var matches = FlatBucket.matches(tags, tag)
            while matches != 0 {
                let slot = matches.trailingZeroBitCount &>> 3
                if key.isStored(in: bucket.entry(slot, entryWidth), hash: hash) {
                    return FlatSlot(bucket: bucket, slot: slot, segment: entry.segment)
                }
                matches &= matches &- 1
            }
            if tags &>> 56 == 0 { return nil }
            index = (index &+ 1) & entry.bucketMask
            // Round once: overflow counts that stick at 255 may be left in every bucket.
            if index == home { return nil }
        }
    }
}

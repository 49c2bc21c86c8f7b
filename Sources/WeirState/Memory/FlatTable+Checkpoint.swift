import CWeirIntrinsics
import WeirCore
import WeirSnapshot

extension FlatTable {
    // SAFETY: buckets are those of the segment, entries those of the bucket.

    /// The barrier of a checkpoint: what is dirty now belongs to it and will be added to `builder`.
    ///
    /// O(1). What the checkpoint before froze must be serialised (`frozenCount == 0`). `tag`, 0 to
    /// 7, names the checkpoint until it is folded; those that share one must be folded together.
    public func beginEpoch(tag: UInt8, into builder: SegmentBuilder) {
        precondition(core.pointee.frozenCount == 0, "the checkpoint before is not serialised")
        self.tag = tag
        unfolded.insert(tag)
        self.builder = builder
        core.pointee.frozenCount = core.pointee.dirtyCount
        core.pointee.dirtyCount = 0
        core.pointee.dirtyFlag ^= EntryFlags.anyDirty
        serialiseSegment = 0
        serialiseBucket = 0
    }

    /// Serialises frozen entries until none is left, `isOver` says so or `mostBuckets` are looked
    /// at.
    ///
    /// `isOver` is asked every 64 buckets (about 450 slots, some 10 µs). Returns whether all is
    /// done.
    public func serialiseFrozen(
        mostBuckets: Int = Int.max,
        until isOver: () -> Bool = { false }
    ) -> Bool {
        var looked = 0
        while core.pointee.frozenCount > 0 {
            let segment = core.pointee.segments[serialiseSegment]
            let bucketCount = 1 << Int(segment.order)
            if segment.dirtyCount(core.pointee.frozenFlag) == 0 || serialiseBucket >= bucketCount {
                // A segment may have split behind the cursor: then it comes round again.
                serialiseSegment = (serialiseSegment + 1) % segmentCount
                serialiseBucket = 0
                continue
            }
            let end = min(serialiseBucket + 64, bucketCount)
            serialise(segment, UInt32(serialiseSegment), serialiseBucket..<end)
            looked += end - serialiseBucket
            serialiseBucket = end
            if looked >= mostBuckets || isOver() { break }
        }
        if core.pointee.frozenCount > 0 { return false }
        builder = nil
        return true
    }

    /// A tag that no unfolded checkpoint has; nil if there are eight of them.
    public var freeTag: UInt8? { unfolded.free }

    /// Notes that a checkpoint is folded into the image; its tag is free again.
    ///
    /// What it took can be evicted, and tombstones be forgotten. An aborted checkpoint counts as
    /// folded when the one is whose contribution includes its segment.
    public func markFolded(tag: UInt8) { unfolded.remove(tag) }

    /// Notes that no segment knows anything of the keys that were removed under a tag.
    ///
    /// Such tombstones can be forgotten; the tag's other entries still can be read in memory only.
    public func markSettled(tag: UInt8) { unfolded.settle(tag) }

    /// Notes that entries with a tag can be read in memory only: the opposite of `markFolded`.
    public func markUnfolded(tag: UInt8) { unfolded.insert(tag) }

    private func serialise(_ segment: FlatSegment, _ index: UInt32, _ buckets: Range<Int>) {
        let bucketBytes = core.pointee.bucketBytes
        for number in buckets {
            let start = segment.buckets + number &* bucketBytes
            weir_prefetch(start + 8 &* bucketBytes)
            serialise(FlatBucket(start), segment: index)
        }
    }

    /// Adds all frozen entries of a bucket to the checkpoint at hand; they are clean then.
    ///
    /// All at once, because the bucket is in the cache now.
    func serialise(_ bucket: FlatBucket, segment index: UInt32) {
        let core = core
        let frozen = bucket.slots(with: core.pointee.frozenFlag)
        if frozen == 0 { return }
        guard let builder else { preconditionFailure("frozen entries, but no checkpoint at hand") }
        let segment = core.pointee.segments + Int(index)
        let group = UInt16(truncatingIfNeeded: keyGroups.lower &+ Int(segment.pointee.group))
        let removed = bucket.slots(with: EntryFlags.removed) & (frozen &* 0xff)
        if hasShortRuns && removed == 0 {
            let width = core.pointee.entryWidth
            var rest = frozen
            builder.appendRun(
                keyGroup: group,
                state: state,
                keyLength: core.pointee.keyWidth,
                valueLength: width &- core.pointee.keyWidth,
                count: frozen.nonzeroBitCount
            ) { _ in
                let slot = rest.trailingZeroBitCount &>> 3
                rest &= rest &- 1
                return UnsafeRawPointer(bucket.entry(slot, width))
            }
        } else {
            serialiseSingly(bucket, frozen, group, into: builder)
        }
        bucket.setSerialised(frozen, tag: tag)
        let count = frozen.nonzeroBitCount
        segment.pointee.cleanTombstones &+= UInt32(truncatingIfNeeded: removed.nonzeroBitCount)
        segment.pointee.addDirty(core.pointee.frozenFlag, -count)
        core.pointee.frozenCount &-= count
    }

    private func serialiseSingly(
        _ bucket: FlatBucket,
        _ frozen: UInt64,
        _ group: UInt16,
        into builder: SegmentBuilder
    ) {
        var rest = frozen
        while rest != 0 {
            let slot = rest.trailingZeroBitCount &>> 3
            rest &= rest &- 1
            let entry = UnsafeRawPointer(bucket.entry(slot, core.pointee.entryWidth))
            if bucket.flags(slot) & EntryFlags.removed != 0 {
                builder.appendTombstone(keyGroup: group, state: state, key: keyBytes(entry))
            } else {
                builder.append(
                    keyGroup: group,
                    state: state,
                    key: keyBytes(entry),
                    value: valueBytes(entry)
                )
            }
        }
    }
}

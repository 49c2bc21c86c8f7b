import CWeirIntrinsics
import WeirCore

extension FlatSegment {
    // SAFETY: a segment's block has `1 << order` buckets, its directory entries are the range
    // that depth and prefix give; old blocks are released after the last read.

    /// Some six of seven slots are in use.
    var isFull: Bool { count >= limit }

    /// Six slots a bucket, less up to an eighth that depends on where the segment is.
    ///
    /// Even hashing would fill all segments at one time; so they grow one after the other.
    var staggeredLimit: UInt32 {
        let most = UInt32(6) << UInt32(order)
        let place = UInt64(group) << 32 | UInt64(prefix) << 8 | UInt64(depth)
        let share = (place &* 0x9e37_79b9_7f4a_7c15) >> 56
        return most - UInt32((UInt64(most) * share) >> 11)
    }
}

extension FlatTable {
    /// The first segment of a group: one bucket.
    func makeFirstSegment(_ hash: UInt64) {
        let place = (hash >> 32) &* core.pointee.maxParallelism
        let group = UInt32(place >> 32) - UInt32(keyGroups.lower)
        let index = makeSegment(group: group, prefix: 0, depth: 0, order: 0)
        publish(index)
    }

    /// Doubles a full segment, or splits one of the largest size in two.
    ///
    /// Tombstones that a folded checkpoint knows are left behind, which may be room enough.
    func grow(_ index: UInt32) {
        let old = core.pointee.segments[Int(index)]
        let expectedCount = core.pointee.groups[Int(old.group)].expectedCount
        if old.depth == 0, expectedCount > old.limit, !blocks.isScarce {
            return spread(index, to: expectedCount)
        }
        let mustSplit =
            Int(old.order) >= Self.segmentOrder && Int(old.depth) < Self.deepestSplit
        if old.cleanTombstones > old.count / 4, forgettableCount(old) > old.count / 4 {
            return rebuild(index, order: old.order)
        }
        if mustSplit { split(index) } else { rebuild(index, order: old.order + 1) }
    }

    /// Moves a segment's entries to as many buckets as `order` tells; they must fit.
    func rebuild(_ index: UInt32, order: UInt8) {
        let old = core.pointee.segments[Int(index)]
        allocateBuckets(index, order: order)
        move(old) { _ in index }
        blocks.release(
            BlockAllocator.Block(start: old.buckets, chunk: old.chunk),
            order: Int(old.order)
        )
        publish(index)
    }

    /// Gives an undivided group as many buckets as so many entries need, which are more than it has.
    ///
    /// At most 16 segments, so that it takes no longer than a millisecond or two.
    private func spread(_ index: UInt32, to count: UInt32) {
        let old = core.pointee.segments[Int(index)]
        /// Without splits before the end, for all but the lowest limits.
        func room(order: Int) -> UInt32 { (UInt32(23) << UInt32(order)) >> 2 }
        var order = min(Int(old.order) + 1, Self.segmentOrder)
        while order < Self.segmentOrder, room(order: order) < count { order += 1 }
        var depth: UInt8 = old.order < order ? 0 : 1
        while depth < 4, room(order: order) << UInt32(depth) < count { depth += 1 }
        if depth == 0 { return rebuild(index, order: UInt8(order)) }
        core.pointee.segments[Int(index)].depth = depth
        allocateBuckets(index, order: UInt8(order))
        let firstNew = UInt32(segmentCount)
        for prefix in 1..<(UInt32(1) << UInt32(depth)) {
            _ = makeSegment(group: old.group, prefix: prefix, depth: depth, order: UInt8(order))
        }
        let maxParallelism = core.pointee.maxParallelism
        move(old) { hash in
            let place = UInt32(truncatingIfNeeded: (hash &>> 32) &* maxParallelism)
            let prefix = place &>> UInt32(32 - depth)
            return prefix == 0 ? index : firstNew &+ prefix &- 1
        }
        blocks.release(
            BlockAllocator.Block(start: old.buckets, chunk: old.chunk),
            order: Int(old.order)
        )
        deepenDirectory(group: Int(old.group), to: depth)
        publish(index)
        for new in firstNew..<UInt32(segmentCount) { publish(new) }
    }

    /// Deals a segment's entries to itself and a new one by the next bit of their place.
    private func split(_ index: UInt32) {
        let old = core.pointee.segments[Int(index)]
        let depth = old.depth + 1
        let bit = UInt64(1) << UInt64(32 - depth)
        let upper = makeSegment(
            group: old.group,
            prefix: old.prefix << 1 | 1,
            depth: depth,
            order: old.order
        )
        core.pointee.segments[Int(index)].depth = depth
        core.pointee.segments[Int(index)].prefix = old.prefix << 1
        allocateBuckets(index, order: old.order)
        let maxParallelism = core.pointee.maxParallelism
        move(old) { ((($0 &>> 32) &* maxParallelism) & bit) == 0 ? index : upper }
        blocks.release(
            BlockAllocator.Block(start: old.buckets, chunk: old.chunk),
            order: Int(old.order)
        )
        deepenDirectory(group: Int(old.group), to: depth)
        publish(index)
        publish(upper)
    }

    /// Copies the entries of old buckets to the segments that `target` names, which are empty.
    @inline(__always)
    private func move(_ old: FlatSegment, to target: (UInt64) -> UInt32) {
        let width = core.pointee.entryWidth
        let bucketBytes = core.pointee.bucketBytes
        for index in 0..<(1 << Int(old.order)) {
            let bucket = FlatBucket(old.buckets + index &* bucketBytes)
            var used = bucket.tags & FlatBucket.eachTagTop
            while used != 0 {
                let slot = used.trailingZeroBitCount &>> 3
                used &= used &- 1
                let flags = bucket.flags(slot)
                let entry = bucket.entry(slot, width)
                if isForgettable(flags) {
                    forgetTombstone(entry)
                    continue
                }
                let hash = storedHash(entry)
                let segment = core.pointee.segments + Int(target(hash))
                let mask = (UInt32(1) &<< UInt32(segment.pointee.order)) &- 1
                let (toBucket, toSlot) = takeSlot(segment.pointee.buckets, mask: mask, hash)
                toBucket.setFlags(toSlot, flags)
                toBucket.entry(toSlot, width).copyMemory(from: entry, byteCount: width)
                segment.pointee.count &+= 1
                if flags & EntryFlags.anyDirty != 0 {
                    segment.pointee.addDirty(flags & EntryFlags.anyDirty, 1)
                } else if flags & EntryFlags.removed != 0 {
                    segment.pointee.cleanTombstones &+= 1
                }
            }
        }
    }

    /// How many tombstones of a segment can be left behind.
    private func forgettableCount(_ segment: FlatSegment) -> Int {
        if unfolded.needed == 0 { return Int(segment.cleanTombstones) }
        var count = 0
        for number in 0..<(1 << Int(segment.order)) {
            let bucket = FlatBucket(segment.buckets + number &* core.pointee.bucketBytes)
            weir_prefetch(bucket.start + 8 &* core.pointee.bucketBytes)
            var removed = bucket.slots(with: EntryFlags.removed)
            while removed != 0 {
                if isForgettable(bucket.flags(removed.trailingZeroBitCount &>> 3)) { count += 1 }
                removed &= removed &- 1
            }
        }
        return count
    }

    /// A tombstone that nothing below the table contradicts any more.
    func isForgettable(_ flags: UInt8) -> Bool {
        flags & (EntryFlags.removed | EntryFlags.anyDirty) == EntryFlags.removed
            && !unfolded.needsTombstone(flags)
    }

    private func forgetTombstone(_ entry: UnsafeMutableRawPointer) {
        releasePayloads(entry)
        core.pointee.tombstoneCount -= 1
    }

    /// Gives back what lies outside of an entry.
    func releasePayloads(_ entry: UnsafeMutableRawPointer) {
        if keyKind == .bytes { ByteView.release(entry + 8, payloads) }
        releaseValue(entry)
    }

    /// Gives back what lies outside of an entry's value.
    func releaseValue(_ entry: UnsafeMutableRawPointer) {
        if valueKind == .bytes { ByteView.release(entry + keyKind.rawValue, payloads) }
    }

    /// Adds a segment with empty buckets to the list, not yet to a directory.
    private func makeSegment(group: UInt32, prefix: UInt32, depth: UInt8, order: UInt8) -> UInt32 {
        if segmentCount == segmentCapacity {
            segmentCapacity = max(16, segmentCapacity * 2)
            let larger = UnsafeMutablePointer<FlatSegment>.allocate(capacity: segmentCapacity)
            larger.moveInitialize(from: core.pointee.segments, count: segmentCount)
            core.pointee.segments.deallocate()
            core.pointee.segments = larger
        }
        let index = UInt32(segmentCount)
        (core.pointee.segments + segmentCount).initialize(
            to: FlatSegment(
                buckets: emptyBucket,
                chunk: 0,
                group: group,
                prefix: prefix,
                depth: depth,
                order: order,
                limit: 0
            )
        )
        segmentCount += 1
        allocateBuckets(index, order: order)
        return index
    }

    /// Gives a segment new, empty buckets; the old ones stay the caller's.
    private func allocateBuckets(_ index: UInt32, order: UInt8) {
        let block = blocks.allocate(order: Int(order))
        for bucket in 0..<(1 << Int(order)) {
            (block.start + bucket &* core.pointee.bucketBytes).initializeMemory(
                as: UInt64.self,
                repeating: 0,
                count: 2
            )
        }
        let segment = core.pointee.segments + Int(index)
        segment.pointee.buckets = block.start
        segment.pointee.chunk = block.chunk
        segment.pointee.order = order
        segment.pointee.limit = segment.pointee.staggeredLimit
        segment.pointee.count = 0
        segment.pointee.evenDirty = 0
        segment.pointee.oddDirty = 0
        segment.pointee.cleanTombstones = 0
    }

    /// Doubles a group's directory until `depth` bits index it.
    private func deepenDirectory(group: Int, to depth: UInt8) {
        let owner = core.pointee.groups + group
        while 32 - owner.pointee.shift < depth {
            let count = 1 << Int(32 - owner.pointee.shift)
            let deeper = UnsafeMutablePointer<FlatDirectoryEntry>.allocate(capacity: 2 * count)
            for index in 0..<2 * count {
                (deeper + index).initialize(to: owner.pointee.directory[index >> 1])
            }
            owner.pointee.directory.deallocate()
            owner.pointee.directory = deeper
            owner.pointee.shift -= 1
        }
    }

    /// Writes a segment into all directory entries that lead to it.
    private func publish(_ index: UInt32) {
        core.pointee.layoutVersion &+= 1
        let segment = core.pointee.segments[Int(index)]
        let owner = core.pointee.groups[Int(segment.group)]
        let spare = Int(32 - owner.shift) - Int(segment.depth)
        let entry = FlatDirectoryEntry(
            buckets: segment.buckets,
            bucketMask: (1 << UInt32(segment.order)) - 1,
            segment: index
        )
        for place in (Int(segment.prefix) << spare)..<(Int(segment.prefix + 1) << spare) {
            owner.directory[place] = entry
        }
    }
}

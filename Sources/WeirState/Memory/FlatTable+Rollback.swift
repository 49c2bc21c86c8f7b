import WeirCore

extension FlatTable {
    // SAFETY: bucket numbers are below the segment's bucket count.

    /// Brings back the table's content at an earlier checkpoint, and gives up the one at hand.
    ///
    /// Every entry that is dirty, or was last taken by one of the checkpoints with the tags
    /// `undone`, gets what `value` returns for its key group and key: the bytes at the checkpoint
    /// to go back to, valid until the next call, or nil if there was no value. All others are as
    /// they were then. Afterwards nothing is dirty. `kept` is the tag of the checkpoint to go back
    /// to, nil if that is folded. Cost: a walk over the table and a call for each such entry.
    public func rollBack(
        to kept: UInt8?,
        undone: [UInt8],
        value: (UInt16, UnsafeRawBufferPointer) -> UnsafeRawBufferPointer?
    ) {
        builder = nil
        var mask: UInt8 = 0
        for tag in undone { mask |= 1 << tag }
        unfolded &= ~mask
        needed &= ~mask
        for index in 0..<segmentCount {
            let segment = core.pointee.segments[index]
            let group = UInt16(keyGroups.lower + Int(segment.group))
            for number in 0..<(1 << Int(segment.order)) {
                let bucket = FlatBucket(segment.buckets + number * core.pointee.bucketBytes)
                for slot in 0..<FlatBucket.slotCount where bucket.isUsed(slot) {
                    let flags = bucket.flags(slot)
                    let isChanged =
                        flags & EntryFlags.anyDirty != 0
                        || EntryFlags.tagBit(flags) & mask != 0
                    if !isChanged { continue }
                    let found = FlatSlot(bucket: bucket, slot: slot, segment: UInt32(index))
                    let entry = bucket.entry(slot, core.pointee.entryWidth)
                    restore(found, to: value(group, keyBytes(entry)), tag: kept ?? foldedTag)
                }
            }
        }
        let left = (core.pointee.dirtyCount, core.pointee.frozenCount)
        precondition(left == (0, 0), "after a rollback \(left) entries are dirty, frozen")
    }

    /// Empties the table; all its key groups are resident, or none is.
    public func removeAll(areResident: Bool) {
        builder = nil
        for index in 0..<segmentCount {
            let segment = core.pointee.segments[index]
            for number in 0..<(1 << Int(segment.order)) {
                let bucket = FlatBucket(segment.buckets + number * core.pointee.bucketBytes)
                for slot in 0..<FlatBucket.slotCount where bucket.isUsed(slot) {
                    vacate(FlatSlot(bucket: bucket, slot: slot, segment: UInt32(index)))
                }
            }
            rebuild(UInt32(index), order: 0)
        }
        for group in 0..<keyGroups.count { setResident(group, areResident) }
    }

    /// Gives back the payloads that are not part of a slab, before the table goes.
    func releasePayloads() {
        guard keyKind == .bytes || valueKind == .bytes else { return }
        for index in 0..<segmentCount {
            let segment = core.pointee.segments[index]
            for number in 0..<(1 << Int(segment.order)) {
                let bucket = FlatBucket(segment.buckets + number * core.pointee.bucketBytes)
                for slot in 0..<FlatBucket.slotCount where bucket.isUsed(slot) {
                    releasePayloads(bucket.entry(slot, core.pointee.entryWidth))
                }
            }
        }
    }

    /// Makes an entry clean with this value, or empties its slot.
    private func restore(_ found: FlatSlot, to value: UnsafeRawBufferPointer?, tag: UInt8) {
        guard let value else { return vacate(found) }
        let flags = found.bucket.flags(found.slot)
        let segment = core.pointee.segments + Int(found.segment)
        forgetDirt(flags, segment)
        if flags & EntryFlags.removed != 0 { core.pointee.tombstoneCount -= 1 }
        if flags & EntryFlags.removed == 0 { core.pointee.liveCount -= 1 }
        setClean(found, value, tag: tag)
    }
}

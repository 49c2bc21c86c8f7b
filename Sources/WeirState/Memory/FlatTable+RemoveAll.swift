import WeirCore

extension FlatTable {
    // SAFETY: bucket numbers are below the segment's bucket count.

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
}

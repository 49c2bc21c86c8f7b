import WeirCore

/// Where a walk over a `FlatTable` goes on.
public struct FlatCursor {
    // SAFETY: a bucket number is below the segment's bucket count, a place inside the directory.

    /// Counted from the table's first group.
    fileprivate var group = 0
    /// The place in the group where the segment begins.
    fileprivate var place: UInt64 = 0
    fileprivate var bucket = 0
    fileprivate var shape: (depth: UInt8, order: UInt8) = (0, 0)

    /// At the start.
    public init() {}
}

extension FlatTable {
    /// Walks on over at most `mostBuckets` buckets; returns whether the walk is at its end.
    ///
    /// `body` gets key group, key and value of each entry that has a value; it must not change the
    /// table. Between calls the table may change: what is there from begin to end is met at least
    /// once, and twice only if its segment grew or shrank meanwhile.
    public func forEach(
        from cursor: inout FlatCursor,
        mostBuckets: Int = Int.max,
        _ body: (UInt16, UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
    ) -> Bool {
        var looked = 0
        while cursor.group < keyGroups.count {
            let group = core.pointee.groups[cursor.group]
            let number = group.directory[Int(cursor.place >> UInt64(group.shift))].segment
            if number == FlatSegment.none {
                advance(&cursor, depth: 0)
                continue
            }
            let segment = core.pointee.segments[Int(number)]
            if cursor.shape != (segment.depth, segment.order) { cursor.bucket = 0 }
            cursor.shape = (segment.depth, segment.order)
            while cursor.bucket < 1 << Int(segment.order) {
                if looked >= mostBuckets { return false }
                looked += 1
                let address = segment.buckets + cursor.bucket * core.pointee.bucketBytes
                visit(FlatBucket(address), UInt16(keyGroups.lower + cursor.group), body)
                cursor.bucket += 1
            }
            advance(&cursor, depth: segment.depth)
        }
        return true
    }

    private func visit(
        _ bucket: FlatBucket,
        _ group: UInt16,
        _ body: (UInt16, UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void
    ) {
        for slot in 0..<FlatBucket.slotCount where bucket.isUsed(slot) {
            if bucket.flags(slot) & EntryFlags.removed != 0 { continue }
            let entry = UnsafeRawPointer(bucket.entry(slot, core.pointee.entryWidth))
            body(group, keyBytes(entry), valueBytes(entry))
        }
    }

    /// Goes to the begin of the next segment.
    private func advance(_ cursor: inout FlatCursor, depth: UInt8) {
        cursor.bucket = 0
        let width = UInt64(1) << UInt64(32 - depth)
        cursor.place = (cursor.place / width + 1) * width
        if cursor.place >> 32 > 0 {
            cursor.place = 0
            cursor.group += 1
        }
    }
}

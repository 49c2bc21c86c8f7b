import CWeirIntrinsics
import WeirCore
import WeirSnapshot

extension FlatTable {
    // SAFETY: the block's arrays have `count` elements, whose bytes live until its reader goes on;
    // keys and values have the lengths that the slots have before they are read.

    /// How many entries ahead the slot is asked for that an entry will most likely get.
    private static let slotDistance = 16

    /// Takes over the entries of this state, newest first, whose keys the table does not know yet, as
    /// `insertClean(key:value:checkpoint:)` does.
    ///
    /// Returns the number of an entry that is not one of this table; then none is taken.
    func insertClean(_ block: BlockEntries, tag: UInt8) -> Int? {
        if let misfit = locate(block) { return misfit }
        switch keyKind {
        case .fixed8:
            insertClean(block, tag) { FlatKey8($0.loadUnaligned(as: UInt64.self)) }
        case .fixed16:
            insertClean(block, tag) { key in
                FlatKey16(
                    key.loadUnaligned(as: UInt64.self),
                    key.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                )
            }
        case .bytes:
            insertClean(block, tag) { FlatKeyBytes($0) }
        }
        return nil
    }

    /// Puts the table's own hashes in place of the block's, and asks for the buckets.
    private func locate(_ block: BlockEntries) -> Int? {
        let salt = SeenKeys.salt(state)
        for index in 0..<block.count {
            let entry = block.entries[index]
            guard entry.state == state else { continue }
            guard fits(key: entry.key, value: entry.value) else { return index }
            let hash = namespaceBytes == 0 ? block.hashes[index] ^ salt : hash(of: entry.key)
            let group = ((hash &>> 32) &* core.pointee.maxParallelism) &>> 32
            guard group == entry.keyGroup else { return index }
            block.hashes[index] = hash
            weir_prefetch(core.pointee.homeAddress(hash))
        }
        return nil
    }

    @inline(__always)
    private func insertClean<Key: FlatKey>(
        _ block: BlockEntries,
        _ tag: UInt8,
        _ makeKey: (UnsafeRawBufferPointer) -> Key
    ) {
        let (entries, hashes) = (block.entries, block.hashes)
        for index in (0..<block.count).reversed() {
            let ahead = index &- Self.slotDistance
            if ahead >= 0, entries[ahead].state == state { announceSlot(hashes[ahead]) }
            guard entries[index].state == state else { continue }
            let key = entries[index].key
            if core.pointee.find(makeKey(key), hashes[index]) != nil { continue }
            setClean(place(key, hashes[index]), entries[index].value, tag: tag)
        }
    }

    /// Asks for the lines where a new key with this hash most likely goes.
    @inline(__always)
    private func announceSlot(_ hash: UInt64) {
        let bucket = FlatBucket(core.pointee.homeAddress(hash))
        let start = bucket.entry(bucket.firstFree, core.pointee.entryWidth)
        for line in stride(from: 0, to: min(core.pointee.entryWidth, 256), by: 64) {
            weir_prefetch(start + line)
        }
    }

    /// Says how many entries a key group will have at least, as far as is known; 0: not known.
    ///
    /// When it must grow, it grows to that size at once.
    func expect(_ count: Int, in group: KeyGroup) {
        let number = Int(group.number) - keyGroups.lower
        core.pointee.groups[number].expectedCount = UInt32(clamping: count)
    }
}

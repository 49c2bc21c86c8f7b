import WeirCore

/// A walk over one key group of an `OrderedTable`, in the order of the keys.
///
/// The table may change between two steps: `next` goes to the first key after the current one,
/// which the cursor keeps a copy of. As long as nothing changed a step is a few instructions.
public final class OrderedCursor {
    private let table: OrderedTable
    private let includesRemoved: Bool
    private let marksUse: Bool
    private var group = 0
    private var page: OrderedPage?
    private var slot = 0
    private var version: UInt64 = 0
    // SAFETY: owned by the cursor, at least `keyCount` bytes, replaced only when it grows.
    private var keyMemory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 8)
    private var keyCount = 0

    /// A cursor that stands nowhere yet.
    ///
    /// It meets tombstones only if `includesRemoved`. What it meets counts as used, and is not evicted
    /// soon, if it `marksUse`.
    public init(_ table: OrderedTable, includesRemoved: Bool = false, marksUse: Bool = true) {
        self.table = table
        self.includesRemoved = includesRemoved
        self.marksUse = marksUse
    }

    deinit { keyMemory.deallocate() }

    /// The key that it stands at: a copy, valid until the cursor moves.
    public var key: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: keyMemory[..<keyCount])
    }

    /// The value that it stands at; valid until the table changes.
    public var value: UnsafeRawBufferPointer {
        page?.value(slot) ?? UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// Whether it stands at a tombstone.
    public var isRemoved: Bool { flags & EntryFlags.removed != 0 }

    var flags: UInt8 { page?.flags(slot) ?? 0 }

    /// Goes to the first key of a group; false if there is none.
    public func first(_ keyGroup: KeyGroup) -> Bool {
        group = table.index(keyGroup)
        page = table.groups[group].firstLeaf
        slot = 0
        return settle()
    }

    /// Goes to the first key of a group that is not less than `key`; false if there is none.
    public func seek(_ keyGroup: KeyGroup, _ key: UnsafeRawBufferPointer) -> Bool {
        group = table.index(keyGroup)
        return seek(key, after: false)
    }

    /// Goes to the next key of the group, as the table is now; false if there is none.
    public func next() -> Bool {
        if page == nil { return false }
        if version != table.version { return seek(key, after: true) }
        slot += 1
        return settle()
    }

    /// Stays where it is after the table changed, or goes to the next key if that one is gone; false
    /// if there is none.
    func refresh() -> Bool {
        if page == nil { return false }
        return version == table.version ? settle() : seek(key, after: false)
    }

    /// Whether the key that it stands at begins with these bytes.
    public func hasPrefix(_ prefix: UnsafeRawBufferPointer) -> Bool {
        keyCount >= prefix.count
            && OrderedPage.compare(
                UnsafeRawBufferPointer(rebasing: keyMemory[..<prefix.count]),
                prefix
            ) == 0
    }

    private func seek(_ key: UnsafeRawBufferPointer, after: Bool) -> Bool {
        guard table.groups[group].root != nil else {
            page = nil
            return false
        }
        let leaf = table.descend(group, key)
        let found = leaf.lowerBound(key)
        page = leaf
        slot = found.slot + (after && found.isEqual ? 1 : 0)
        return settle()
    }

    /// Goes on to an entry that counts, from `page` and `slot`, and copies its key.
    private func settle() -> Bool {
        version = table.version
        while let current = page {
            table.visitedCount &+= 1
            let isWorthwhile = includesRemoved || current.liveCount > 0
            while isWorthwhile, slot < current.count {
                if includesRemoved || current.flags(slot) & EntryFlags.removed == 0 {
                    if marksUse { current.setFlags(slot, current.flags(slot) | EntryFlags.used) }
                    keep(current.key(slot))
                    return true
                }
                table.visitedCount &+= 1
                slot += 1
            }
            page = current.next
            slot = 0
        }
        return false
    }

    private func keep(_ key: UnsafeRawBufferPointer) {
        if key.count > keyMemory.count {
            keyMemory.deallocate()
            keyMemory = .allocate(byteCount: 2 * key.count, alignment: 8)
        }
        keyMemory.copyMemory(from: key)
        keyCount = key.count
    }
}

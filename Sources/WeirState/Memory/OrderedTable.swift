import WeirCore
import WeirSnapshot

/// What an `OrderedTable` knows of a key.
public enum OrderedLookup {
    /// It has this value; the bytes are valid until the table is next changed.
    case value(UnsafeRawBufferPointer)
    /// It has no value: it was removed, or its key group is resident and does not hold it.
    case none
    /// It may have one in a segment or the image: its key group is not resident.
    case unknown
}

/// One keyed state's entries in raw memory, in the order of their keys' bytes: the hash tier's
/// table for maps, lists and timers.
///
/// A B+tree for each key group, of pages of 4 KiB (`OrderedPage`). No operation touches more than a
/// few pages. Entries carry the same flags as those of a `FlatTable`, and checkpoints and
/// eviction follow the same rules: see there. Belongs to its task's thread.
public final class OrderedTable {
    // SAFETY: allocated in `init`, freed in `deinit`, and used by the owner's thread only; group
    // numbers are checked against `keyGroups` where they come in.
    let groups: UnsafeMutablePointer<OrderedGroup>
    /// The inner pages from the root to the leaf last sought.
    let path: UnsafeMutablePointer<OrderedStep>
    /// A page's worth of memory to tidy up in.
    let scratch: UnsafeMutableRawPointer
    let blocks: BlockAllocator
    let payloads: PayloadAllocator

    /// The number of the state in snapshots.
    public let state: UInt16
    /// The key groups that it may hold.
    public let keyGroups: KeyGroupRange
    /// How many keys have a value.
    public internal(set) var count = 0
    /// How many keys are kept as removed, until a folded checkpoint knows it.
    public internal(set) var tombstoneCount = 0
    /// How many entries and tombstones changed since the last barrier.
    public internal(set) var dirtyCount = 0
    /// How many entries and tombstones the checkpoint at hand still has to serialise.
    public internal(set) var frozenCount = 0

    /// Entries and pages that walks have looked at.
    public internal(set) var visitedCount = 0

    /// Key groups that are not resident.
    var absentGroupCount = 0
    /// Which keys of each group may lie below the table only; nil where a group is resident.
    var absent: [AbsentRange?]
    /// How many steps of `path` hold.
    var depth = 0
    /// Grows whenever a record moves.
    var version: UInt64 = 0
    /// The flag of entries dirtied in the running epoch.
    var dirtyFlag = EntryFlags.evenEpoch
    /// Takes the frozen entries of the checkpoint at hand.
    var builder: SegmentBuilder?
    /// The tag of the checkpoint at hand.
    var tag: UInt8 = 0
    /// The checkpoints whose entries can be read in memory only.
    var unfolded = UnfoldedCheckpoints()
    /// Where serialising goes on: a group, counted from the first, and a leaf of it.
    var serialising = OrderedPlace()
    /// Where the clock hand of eviction stands.
    var clock = OrderedPlace()
    /// Where the search for tombstones that nobody needs stands; nil: none is under way.
    var sweep: OrderedPlace?
    /// The slots of a leaf that are about to leave.
    var victims: [Int] = []

    static let deepestTree = 64

    /// An empty table, all of whose key groups are resident.
    public init(state: UInt16, keyGroups: KeyGroupRange, memory: TaskMemory) {
        self.state = state
        self.keyGroups = keyGroups
        blocks = BlockAllocator(unitBytes: OrderedPage.size, memory: memory)
        payloads = PayloadAllocator(memory: memory)
        absent = Array(repeating: nil, count: max(keyGroups.count, 1))
        groups = .allocate(capacity: max(keyGroups.count, 1))
        groups.initialize(repeating: OrderedGroup(), count: max(keyGroups.count, 1))
        path = .allocate(capacity: Self.deepestTree)
        scratch = .allocate(byteCount: OrderedPage.size, alignment: 64)
    }

    deinit {
        for group in 0..<keyGroups.count {
            var leaf = groups[group].firstLeaf
            while let page = leaf {
                while page.count > 0 { page.remove(page.count - 1, payloads) }
                leaf = page.next
            }
            if let root = groups[group].root { releaseSeparators(root) }
        }
        groups.deallocate()
        path.deallocate()
        scratch.deallocate()
    }

    /// Bytes of its pages and payloads.
    public var liveBytes: Int { blocks.liveBytes + payloads.liveBytes }

    /// The flag of frozen entries.
    var frozenFlag: UInt8 { dirtyFlag ^ EntryFlags.anyDirty }

    /// Looks a key up.
    public func find(_ keyGroup: KeyGroup, _ key: UnsafeRawBufferPointer) -> OrderedLookup {
        let group = index(keyGroup)
        guard groups[group].root != nil else { return miss(group, key) }
        let leaf = descend(group, key)
        let found = leaf.lowerBound(key)
        guard found.isEqual else { return miss(group, key) }
        let flags = leaf.flags(found.slot)
        if flags & EntryFlags.removed != 0 { return .none }
        leaf.setFlags(found.slot, flags | EntryFlags.used)
        return .value(leaf.value(found.slot))
    }

    /// The first key of a group that has a value, and that value; nil if the table holds none.
    ///
    /// Constant cost, also behind any number of tombstones. The bytes are valid until the table is
    /// next changed.
    public func first(
        _ keyGroup: KeyGroup
    ) -> (key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer)? {
        let group = index(keyGroup)
        if groups[group].liveCount == 0 { return nil }
        var leaf = groups[group].firstLive ?? groups[group].firstLeaf
        while let page = leaf, page.liveCount == 0 { leaf = page.next }
        groups[group].firstLive = leaf
        guard let page = leaf else { return nil }
        for slot in 0..<page.count where page.flags(slot) & EntryFlags.removed == 0 {
            return (page.key(slot), page.value(slot))
        }
        return nil
    }

    /// Whether the table knows a key, be it as removed.
    public func knows(_ keyGroup: KeyGroup, _ key: UnsafeRawBufferPointer) -> Bool {
        let group = index(keyGroup)
        guard groups[group].root != nil else { return false }
        return descend(group, key).lowerBound(key).isEqual
    }

    /// Sets the value of a key; returns whether the key is new.
    ///
    /// The bytes must not be the table's own. Where something may be absent the value below is hidden
    /// by the new one, whatever it is. `isNew` says that no snapshot or image ever held the key: so
    /// it can vanish without a trace until a checkpoint takes it.
    @discardableResult
    public func set(
        _ keyGroup: KeyGroup,
        _ key: UnsafeRawBufferPointer,
        to value: UnsafeRawBufferPointer,
        isNew: Bool = false
    ) -> Bool {
        let group = index(keyGroup)
        let leaf = descendOrPlant(group, key)
        let found = leaf.lowerBound(key)
        if found.isEqual {
            let wasRemoved = touch(group, leaf, found.slot)
            overwrite(group, leaf, found.slot, key, value)
            return wasRemoved
        }
        let flags =
            dirtyFlag | EntryFlags.used
            | (isNew || isResident(group, key) ? 0 : EntryFlags.persisted)
        let place = place(group, leaf, found.slot, key, value, flags)
        countInserted(group, place.page, flags)
        return true
    }

    /// Removes a key; returns whether the table held a value of it.
    ///
    /// A key that no checkpoint has seen vanishes; any other, and also a key that is not in the
    /// table and may lie below, is kept as a tombstone until a folded checkpoint knows it.
    @discardableResult
    public func remove(_ keyGroup: KeyGroup, _ key: UnsafeRawBufferPointer) -> Bool {
        let group = index(keyGroup)
        if groups[group].root == nil && isResident(group, key) { return false }
        let leaf = descendOrPlant(group, key)
        let found = leaf.lowerBound(key)
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        guard found.isEqual else {
            if isResident(group, key) { return false }
            let flags =
                dirtyFlag | EntryFlags.persisted | EntryFlags.removed | EntryFlags.used
            let place = place(group, leaf, found.slot, key, none, flags)
            countInserted(group, place.page, flags)
            return false
        }
        if leaf.flags(found.slot) & EntryFlags.removed != 0 { return false }
        if leaf.flags(found.slot) & frozenFlag != 0 { serialise(leaf) }
        if leaf.flags(found.slot) & EntryFlags.persisted == 0 {
            erase(group, leaf, found.slot)
            return true
        }
        _ = touch(group, leaf, found.slot)
        leaf.setFlags(found.slot, leaf.flags(found.slot) | EntryFlags.removed)
        leaf.liveCount -= 1
        addLive(group, -1)
        tombstoneCount += 1
        overwrite(group, leaf, found.slot, key, none)
        return true
    }

    private func miss(_ group: Int, _ key: UnsafeRawBufferPointer) -> OrderedLookup {
        isResident(group, key) ? .none : .unknown
    }

    /// A key group, counted from the table's first.
    func index(_ keyGroup: KeyGroup) -> Int {
        precondition(keyGroups.contains(keyGroup), "key group \(keyGroup) of \(keyGroups)")
        return Int(keyGroup.number) - keyGroups.lower
    }
}

/// The tree of one key group.
struct OrderedGroup {
    var root: OrderedPage?
    var firstLeaf: OrderedPage?
    /// No leaf before this one holds a value; nil: not known.
    var firstLive: OrderedPage?
    /// Keys that have a value.
    var liveCount = 0
    /// Records with the flag of the even, the odd epoch.
    var evenDirty = 0
    var oddDirty = 0

    func dirtyCount(_ flag: UInt8) -> Int { flag == EntryFlags.evenEpoch ? evenDirty : oddDirty }

    /// Whether a key that is not found is known to have no value.
    var isResident = true
}

/// An inner page and the slot of the child taken.
struct OrderedStep {
    var page: OrderedPage
    var slot: Int
}

/// A leaf of a group; before the group's first if it is nil.
struct OrderedPlace {
    var group = 0
    var leaf: OrderedPage?
}

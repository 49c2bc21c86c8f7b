import WeirCore

/// A registered state whose entries lie in an `OrderedTable`: maps, ordered maps, lists, timers.
///
/// Writes go to the table directly. Reads of one key come after `prepare`, walks go through
/// `makeCursor`; both see what is below the table too. Belongs to its task's thread.
public final class OrderedState {
    /// The entries in memory.
    public let table: OrderedTable
    /// The state's number in snapshots.
    public var id: UInt16 { table.state }
    let backend: KeyedStateBackend

    init(_ table: OrderedTable, _ backend: KeyedStateBackend) {
        self.table = table
        self.backend = backend
    }

    /// Makes sure that the table knows all that there is of a key: then `unknown` means no value.
    ///
    /// - Throws: `imageFailed`.
    public func prepare(
        _ keyGroup: KeyGroup,
        _ key: UnsafeRawBufferPointer
    ) throws(WeirError) {
        guard case .unknown = table.find(keyGroup, key) else { return }
        try backend.below.withValue(keyGroup: keyGroup.number, state: id, key: key) { value in
            if let value { table.insertClean(keyGroup, key, value) }
        }
    }

    /// Removes a key, wherever it lies; returns whether there was a value.
    ///
    /// - Throws: `imageFailed`.
    public func remove(
        _ keyGroup: KeyGroup,
        _ key: UnsafeRawBufferPointer
    ) throws(WeirError) -> Bool {
        if table.isResident(keyGroup) { return table.remove(keyGroup, key) }
        try prepare(keyGroup, key)
        // What the table does not know now is nowhere, and needs no tombstone.
        guard case .value = table.find(keyGroup, key) else { return false }
        return table.remove(keyGroup, key)
    }

    /// Sees to it that the table holds the first entry of a group: takes in entries from below.
    ///
    /// `count` at a time: whoever consumes a group from its front, as timers do, reads each entry
    /// once. Returns the first key with a value, nil if there is none; it is valid until the table is
    /// next changed. What lies before it is known to be gone.
    /// - Throws: `imageFailed`.
    public func loadFront(
        _ keyGroup: KeyGroup,
        count: Int = 128
    ) throws(WeirError) -> UnsafeRawBufferPointer? {
        while let lower = table.firstAbsent(keyGroup) {
            let first = table.first(keyGroup)?.key
            if let first, lower.withUnsafeBytes({ compareBytes(first, $0) }) < 0 { break }
            try takeIn(keyGroup, from: lower, count: count)
        }
        return table.first(keyGroup)?.key
    }

    private func takeIn(
        _ keyGroup: KeyGroup,
        from lower: [UInt8],
        count: Int
    ) throws(WeirError) {
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        let cursor = backend.below.cursor(keyGroup: keyGroup.number, state: id, prefix: none)
        lower.withUnsafeBytes { cursor.seek(keyGroup: keyGroup.number, state: id, key: $0) }
        var taken = 0
        while cursor.isValid, taken < count {
            cursor.withEntry { table.insertClean(keyGroup, $0.key, $0.value) }
            taken += 1
            cursor.next()
        }
        try cursor.checkStatus()
        if cursor.isValid {
            cursor.withEntry { table.raiseAbsence(keyGroup, to: $0.key) }
        } else {
            table.setResident(keyGroup, true)
        }
    }

    /// A cursor that stands nowhere.
    public func makeCursor() -> OrderedStateCursor { OrderedStateCursor(self) }
}

@available(*, unavailable)
extension OrderedState: Sendable {}

extension KeyedStateBackend {
    /// Registers a state whose entries are kept in the order of their keys' bytes.
    ///
    /// The caller puts the partition key in front of the sub-key, so that the entries of one key
    /// are neighbours, and names the key group of each.
    /// - Returns: The state.
    /// - Throws: `ambiguousName`, `incompatibleState`, `corruptSnapshot`.
    public func orderedState(_ descriptor: StateDescriptor) throws(WeirError) -> OrderedState {
        let table = try register(descriptor) { id in
            OrderedTable(state: id, keyGroups: keyGroups, memory: memory)
        }
        return OrderedState(table, self)
    }
}

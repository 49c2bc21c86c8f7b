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

import WeirCore
import WeirData

/// Entries of `Key` and `Value` for each key of the operator, in the order of `Key`.
///
/// Reads and writes concern the key at hand. Ranges are scanned in order.
public struct MapState<Key: OrderedStateKey, Value: StateValue> {
    let cell: SortedCell

    init(_ cell: SortedCell) { self.cell = cell }

    /// The value of an entry; setting nil removes it.
    public subscript(_ entry: Key) -> Value? {
        get { cell.read { entry.store(orderedKey: &$0) }.flatMap(decode) }
        nonmutating set {
            if let newValue {
                cell.write({ entry.store(orderedKey: &$0) }, { newValue.store(state: &$0) })
            } else {
                cell.remove { entry.store(orderedKey: &$0) }
            }
        }
    }

    /// All entries, in order, read as they are asked for.
    public var entries: StateEntries<(key: Key, value: Value)> { sequence(cell.walk()) }

    /// The entries of a range of sub-keys, in order, read as they are asked for.
    public func entries(in range: ClosedRange<Key>) -> StateEntries<(key: Key, value: Value)>
    where Key: Comparable {
        sequence(
            cell.walk(
                from: { range.lowerBound.store(orderedKey: &$0) },
                through: { range.upperBound.store(orderedKey: &$0) }
            )
        )
    }

    /// The first entry; entries that were removed before it cost nothing.
    public var first: (key: Key, value: Value)? {
        cell.first().flatMap { entry in
            let key = entry.key.withUnsafeBytes { Key.load(orderedKey: $0) }
            guard let key, let value = decode(entry.value) else {
                cell.failCorrupt()
                return nil
            }
            return (key, value)
        }
    }

    /// Whether there is no entry.
    public var isEmpty: Bool { cell.first() == nil }

    /// Removes all entries.
    public func clear() { cell.removeAll() }

    private func decode(_ bytes: [UInt8]) -> Value? {
        let value = bytes.withUnsafeBytes { Value.load(state: $0) }
        if value == nil { cell.failCorrupt() }
        return value
    }

    private func sequence(_ walk: SortedWalk) -> StateEntries<(key: Key, value: Value)> {
        StateEntries(cell: cell, walk: walk) { key, value in
            guard let key = Key.load(orderedKey: key), let value = Value.load(state: value) else {
                return nil
            }
            return (key, value)
        }
    }
}

/// A map state whose ranges are of interest; the same as `MapState`.
public typealias OrderedMapState<Key: OrderedStateKey, Value: StateValue> = MapState<Key, Value>

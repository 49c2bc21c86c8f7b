import WeirCore
import WeirData

/// A list of values for each key, in the order in which they were added.
public struct ListState<T: StateValue> {
    let cell: SortedCell
    let next: ValueState<UInt64>

    init(_ cell: SortedCell, next: ValueState<UInt64>) {
        self.cell = cell
        self.next = next
    }

    /// The values, read as they are asked for.
    public var values: StateEntries<T> {
        // Where reads renew the values, the next number must not expire before they do.
        _ = next.value
        return StateEntries(cell: cell, walk: cell.walk()) { _, value in T.load(state: value) }
    }

    /// Adds a value at the end.
    public func append(_ value: T) {
        let index = next.value ?? 0
        next.value = index + 1
        cell.write({ index.store(orderedKey: &$0) }, { value.store(state: &$0) })
    }

    /// Replaces all values.
    public func replace(with values: some Sequence<T>) {
        clear()
        for value in values { append(value) }
    }

    /// Removes all values.
    public func clear() {
        cell.removeAll()
        next.clear()
    }
}

import WeirCore
import WeirState

/// Registers the keyed states of a process function while it is made.
///
/// A state's name is its identity across runs.
public final class KeyedStates {
    private let owner: KeyedOperator

    private(set) var broadcasts: [BroadcastCell] = []

    init(_ owner: KeyedOperator) { self.owner = owner }

    /// One value a key.
    ///
    /// - Throws: `ambiguousName`, `incompatibleState`.
    public func value<T: StateValue>(
        _ name: String,
        _ type: T.Type,
        timeToLive: StateTimeToLive? = nil
    ) throws(WeirError) -> ValueState<T> {
        ValueState(try cell(name, .value, T.self, timeToLive))
    }

    /// A list a key.
    ///
    /// - Throws: `ambiguousName`, `incompatibleState`.
    public func list<T: StateValue>(
        _ name: String,
        _ type: T.Type,
        timeToLive: StateTimeToLive? = nil
    ) throws(WeirError) -> ListState<T> {
        ListState(
            try sorted(name, .list, T.stateFormat, timeToLive),
            next: ValueState(try cell(name + ":next", .value, Int64.self, timeToLive))
        )
    }

    /// Entries by sub-key, in its order.
    ///
    /// - Throws: `ambiguousName`, `incompatibleState`.
    public func map<Key: OrderedStateKey, Value: StateValue>(
        _ name: String,
        _ key: Key.Type,
        _ value: Value.Type,
        timeToLive: StateTimeToLive? = nil
    ) throws(WeirError) -> MapState<Key, Value> {
        MapState(try sorted(name, .orderedMap, "\(Key.self): \(Value.stateFormat)", timeToLive))
    }

    /// One value a key, into which others are folded by `reduce`.
    ///
    /// - Throws: `ambiguousName`, `incompatibleState`.
    public func reducing<T: StateValue>(
        _ name: String,
        _ type: T.Type,
        timeToLive: StateTimeToLive? = nil,
        _ reduce: @escaping (T, T) -> T
    ) throws(WeirError) -> ReducingState<T> {
        let state = ValueState<T>(try cell(name, .reducing, T.self, timeToLive))
        return ReducingState(state: state, reduce: reduce)
    }

    /// One accumulator a key, into which elements are folded by `add`.
    ///
    /// - Throws: `ambiguousName`, `incompatibleState`.
    public func aggregating<Element, Accumulator: StateValue>(
        _ name: String,
        _ element: Element.Type,
        initial: Accumulator,
        timeToLive: StateTimeToLive? = nil,
        _ add: @escaping (inout Accumulator, Element) -> Void
    ) throws(WeirError) -> AggregatingState<Element, Accumulator> {
        let state = ValueState<Accumulator>(
            try cell(name, .aggregating, Accumulator.self, timeToLive)
        )
        return AggregatingState(state: state, initial: initial, add: add)
    }

    /// Entries that all instances hold alike.
    ///
    /// - Throws: `ambiguousName`.
    public func broadcast<Key: OrderedStateKey, Value: StateValue>(
        _ name: String,
        _ key: Key.Type,
        _ value: Value.Type
    ) throws(WeirError) -> BroadcastState<Key, Value> {
        if broadcasts.contains(where: { $0.name == name }) {
            throw WeirError(.ambiguousName, "There are two broadcast states named \(name).")
        }
        let cell = BroadcastCell(name)
        broadcasts.append(cell)
        return BroadcastState(cell: cell)
    }

    private func cell(
        _ name: String,
        _ kind: StateKind,
        _ type: (some StateValue).Type,
        _ timeToLive: StateTimeToLive?
    ) throws(WeirError) -> ValueCell {
        let width = type.stateWidth
        let state = try owner.flatState(
            name,
            kind,
            values: ValueCell.values(width: width, timeToLive),
            timeToLive: timeToLive,
            valueSchema: ValueFormat.bytes(width: width, type.stateFormat)
        )
        return ValueCell(state, owner.key, timeToLive, width: width)
    }

    private func sorted(
        _ name: String,
        _ kind: StateKind,
        _ format: String,
        _ timeToLive: StateTimeToLive?
    ) throws(WeirError) -> SortedCell {
        SortedCell(
            try owner.sortedState(
                name,
                kind,
                timeToLive: timeToLive,
                valueSchema: ValueFormat.bytes(width: nil, format)
            ),
            owner.key,
            timeToLive
        )
    }
}

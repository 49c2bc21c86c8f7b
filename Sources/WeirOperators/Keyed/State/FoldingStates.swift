/// One value for each key, into which values of its own type are folded.
public struct ReducingState<T: StateValue> {
    let state: ValueState<T>
    let reduce: (T, T) -> T

    /// The folded value, nil before the first.
    public var value: T? { state.value }

    /// Folds a value in.
    public func add(_ value: T) { state.value = state.value.map { reduce($0, value) } ?? value }

    /// Removes the value.
    public func clear() { state.clear() }
}

/// One accumulator for each key, into which elements of another type are folded.
public struct AggregatingState<Element, Accumulator: StateValue> {
    let state: ValueState<Accumulator>
    let initial: Accumulator
    let add: (inout Accumulator, Element) -> Void

    /// The accumulator, nil before the first element.
    public var value: Accumulator? { state.value }

    /// Folds an element in.
    public func add(_ element: Element) {
        var accumulator = state.value ?? initial
        add(&accumulator, element)
        state.value = accumulator
    }

    /// Removes the accumulator.
    public func clear() { state.clear() }
}

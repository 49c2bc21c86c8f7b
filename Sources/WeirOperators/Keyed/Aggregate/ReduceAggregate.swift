import WeirData

/// Folds a value of each row into one of the same type; nil of no rows.
@frozen
public struct ReduceAggregate<S: EventSchema, Value: BitwiseCopyable & Sendable>:
    AggregateFunction
{
    @usableFromInline let value: @Sendable (RowView<S>) -> Value
    @usableFromInline let reduce: @Sendable (Value, Value) -> Value
    /// Reduces what `value` gives for each row.
    @inlinable
    public init(
        _ value: @escaping @Sendable (RowView<S>) -> Value,
        _ reduce: @escaping @Sendable (Value, Value) -> Value
    ) {
        self.value = value
        self.reduce = reduce
    }
    /// No value.
    @inlinable
    public var initial: Value? { nil }
    /// Folds the row's value in.
    @inlinable
    public func add(_ row: RowView<S>, to accumulator: inout Value?) {
        merge(value(row), into: &accumulator)
    }
    /// Folds the other value in.
    @inlinable
    public func merge(_ other: Value?, into accumulator: inout Value?) {
        guard let other else { return }
        accumulator = accumulator.map { reduce($0, other) } ?? other
    }
    /// The value.
    @inlinable
    public func result(_ accumulator: Value?) -> Value? { accumulator }
}

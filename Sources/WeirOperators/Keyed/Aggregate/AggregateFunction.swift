import WeirData

/// Folds rows into an accumulator of fixed width.
///
/// `add` and `merge` must not depend on the order of rows, unless the order is the caller's concern.
public protocol AggregateFunction: Sendable {
    /// The rows.
    associatedtype Input: EventSchema
    /// What is kept for a key, or for a key and a part of a window: up to 240 bytes.
    associatedtype Accumulator: BitwiseCopyable
    /// What is made of it at the end.
    associatedtype Result
    /// The accumulator of no rows.
    var initial: Accumulator { get }
    /// Folds a row in.
    func add(_ row: RowView<Input>, to accumulator: inout Accumulator)
    /// Folds another accumulator in.
    func merge(_ other: Accumulator, into accumulator: inout Accumulator)
    /// The result of the rows so far.
    func result(_ accumulator: Accumulator) -> Result
    /// What the accumulator is, as text in snapshots: a restore refuses accumulators of another
    /// function. The name of its type, unless the function says more.
    var stateFormat: String { get }
}

extension AggregateFunction {
    /// The name of the accumulator's type.
    public var stateFormat: String { "\(Accumulator.self)" }
}

/// An aggregate function of three closures.
public struct ClosureAggregate<S: EventSchema, Accumulator: BitwiseCopyable & Sendable>:
    AggregateFunction
{
    /// The accumulator of no rows.
    public let initial: Accumulator
    @usableFromInline let addRow: @Sendable (RowView<S>, inout Accumulator) -> Void
    @usableFromInline let mergeOther: @Sendable (Accumulator, inout Accumulator) -> Void

    /// Wraps the closures.
    @inlinable
    public init(
        _ initial: Accumulator,
        add: @escaping @Sendable (RowView<S>, inout Accumulator) -> Void,
        merge: @escaping @Sendable (Accumulator, inout Accumulator) -> Void
    ) {
        self.initial = initial
        addRow = add
        mergeOther = merge
    }

    /// Calls the closure.
    @inlinable
    public func add(_ row: RowView<S>, to accumulator: inout Accumulator) {
        addRow(row, &accumulator)
    }

    /// Calls the closure.
    @inlinable
    public func merge(_ other: Accumulator, into accumulator: inout Accumulator) {
        mergeOther(other, &accumulator)
    }

    /// The accumulator itself.
    @inlinable
    public func result(_ accumulator: Accumulator) -> Accumulator { accumulator }
}

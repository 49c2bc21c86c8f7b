import WeirData

/// The number of rows.
@frozen
public struct CountAggregate<S: EventSchema>: AggregateFunction {
    /// Counts.
    @inlinable
    public init() {}
    /// Nought.
    @inlinable
    public var initial: Int64 { 0 }
    /// One more.
    @inlinable
    public func add(_ row: RowView<S>, to accumulator: inout Int64) { accumulator &+= 1 }
    /// The sum of both.
    @inlinable
    public func merge(_ other: Int64, into accumulator: inout Int64) { accumulator &+= other }
    /// The number.
    @inlinable
    public func result(_ accumulator: Int64) -> Int64 { accumulator }

    /// A count.
    public var stateFormat: String { "count" }
}

/// The sum of a column; integers wrap around.
@frozen
public struct SumAggregate<S: EventSchema, T: SummableColumnValue>: AggregateFunction {
    @usableFromInline let column: SchemaColumn<S, T>
    /// Sums this column.
    @inlinable
    public init(_ column: SchemaColumn<S, T>) { self.column = column }
    /// Nought.
    @inlinable
    public var initial: T.Sum { T.noSum }
    /// Adds the row's value.
    @inlinable
    public func add(_ row: RowView<S>, to accumulator: inout T.Sum) {
        accumulator = T.sum(accumulator, row[column].summand)
    }
    /// Adds the other sum.
    @inlinable
    public func merge(_ other: T.Sum, into accumulator: inout T.Sum) {
        accumulator = T.sum(accumulator, other)
    }
    /// The sum.
    @inlinable
    public func result(_ accumulator: T.Sum) -> T.Sum { accumulator }

    /// A sum of this column.
    public var stateFormat: String { "sum of \(T.Sum.self) of column \(column.id)" }
}

/// The least or the greatest value of a column; nil of no rows.
@frozen
public struct ExtremeAggregate<S: EventSchema, T: ColumnValue & Comparable & BitwiseCopyable>:
    AggregateFunction
{
    /// A value that may be missing.
    @frozen
    public struct Held: BitwiseCopyable {
        @usableFromInline var isPresent: Bool
        @usableFromInline var value: T?

        @inlinable
        init(_ value: T?) {
            isPresent = value != nil
            self.value = value
        }
    }

    @usableFromInline let column: SchemaColumn<S, T>
    @usableFromInline let isGreatest: Bool
    /// Looks for an extreme of this column.
    @inlinable
    public init(_ column: SchemaColumn<S, T>, isGreatest: Bool) {
        self.column = column
        self.isGreatest = isGreatest
    }
    /// No value.
    @inlinable
    public var initial: Held { Held(nil) }
    /// Takes the row's value if it is more extreme.
    @inlinable
    public func add(_ row: RowView<S>, to accumulator: inout Held) {
        merge(Held(row[column]), into: &accumulator)
    }
    /// Takes the other value if it is more extreme.
    @inlinable
    public func merge(_ other: Held, into accumulator: inout Held) {
        guard let new = other.value else { return }
        guard let old = accumulator.value else {
            accumulator = other
            return
        }
        if isGreatest ? new > old : new < old { accumulator = other }
    }
    /// The value.
    @inlinable
    public func result(_ accumulator: Held) -> T? { accumulator.value }

    /// The least or greatest of this column.
    public var stateFormat: String {
        "\(isGreatest ? "greatest" : "least") \(T.self) of column \(column.id)"
    }
}

/// The mean of a column; NaN of no rows.
@frozen
public struct AverageAggregate<S: EventSchema, T: SummableColumnValue>: AggregateFunction {
    /// Sum and number.
    @frozen
    public struct Parts: BitwiseCopyable {
        @usableFromInline var sum: T.Sum
        @usableFromInline var count: Int64

        @inlinable
        init(sum: T.Sum, count: Int64) {
            self.sum = sum
            self.count = count
        }
    }

    @usableFromInline let column: SchemaColumn<S, T>
    /// Averages this column.
    @inlinable
    public init(_ column: SchemaColumn<S, T>) { self.column = column }
    /// No rows.
    @inlinable
    public var initial: Parts { Parts(sum: T.noSum, count: 0) }
    /// Adds the row's value.
    @inlinable
    public func add(_ row: RowView<S>, to accumulator: inout Parts) {
        accumulator.sum = T.sum(accumulator.sum, row[column].summand)
        accumulator.count &+= 1
    }
    /// Adds the other parts.
    @inlinable
    public func merge(_ other: Parts, into accumulator: inout Parts) {
        accumulator.sum = T.sum(accumulator.sum, other.sum)
        accumulator.count &+= other.count
    }
    /// Sum by number.
    @inlinable
    public func result(_ accumulator: Parts) -> Double {
        T.asDouble(accumulator.sum) / Double(accumulator.count)
    }

    /// Sum and number of this column.
    public var stateFormat: String { "average of \(T.Sum.self) of column \(column.id)" }
}

/// Two functions over the same rows.
@frozen
public struct BothAggregates<A: AggregateFunction, B: AggregateFunction>: AggregateFunction
where A.Input == B.Input {
    /// The rows of both.
    public typealias Input = A.Input

    /// Both accumulators.
    @frozen
    public struct Both: BitwiseCopyable {
        @usableFromInline var first: A.Accumulator
        @usableFromInline var second: B.Accumulator

        @inlinable
        init(_ first: A.Accumulator, _ second: B.Accumulator) {
            self.first = first
            self.second = second
        }
    }

    @usableFromInline let first: A
    @usableFromInline let second: B
    /// Computes both.
    @inlinable
    public init(_ first: A, _ second: B) {
        self.first = first
        self.second = second
    }
    /// Both initial accumulators.
    @inlinable
    public var initial: Both { Both(first.initial, second.initial) }
    /// Adds the row to both.
    @inlinable
    public func add(_ row: RowView<A.Input>, to accumulator: inout Both) {
        first.add(row, to: &accumulator.first)
        second.add(row, to: &accumulator.second)
    }
    /// Merges both.
    @inlinable
    public func merge(_ other: Both, into accumulator: inout Both) {
        first.merge(other.first, into: &accumulator.first)
        second.merge(other.second, into: &accumulator.second)
    }
    /// Both results.
    @inlinable
    public func result(_ accumulator: Both) -> (A.Result, B.Result) {
        (first.result(accumulator.first), second.result(accumulator.second))
    }

    /// Both.
    public var stateFormat: String { "(\(first.stateFormat), \(second.stateFormat))" }
}

extension AggregateFunction {
    /// This function and another over the same rows; the results come as a pair.
    @inlinable
    public func and<Other: AggregateFunction>(_ other: Other) -> BothAggregates<Self, Other>
    where Other.Input == Input {
        BothAggregates(self, other)
    }

    /// The number of rows.
    @inlinable
    public static func count<S>() -> Self where Self == CountAggregate<S> { CountAggregate() }

    /// The sum of a column; integers are summed in 64 bits.
    @inlinable
    public static func sum<S, T>(_ column: SchemaColumn<S, T>) -> Self
    where Self == SumAggregate<S, T> { SumAggregate(column) }

    /// The least value of a column.
    @inlinable
    public static func minimum<S, T>(_ column: SchemaColumn<S, T>) -> Self
    where Self == ExtremeAggregate<S, T> { ExtremeAggregate(column, isGreatest: false) }

    /// The greatest value of a column.
    @inlinable
    public static func maximum<S, T>(_ column: SchemaColumn<S, T>) -> Self
    where Self == ExtremeAggregate<S, T> { ExtremeAggregate(column, isGreatest: true) }

    /// The mean of a column.
    @inlinable
    public static func average<S, T>(_ column: SchemaColumn<S, T>) -> Self
    where Self == AverageAggregate<S, T> { AverageAggregate(column) }
}

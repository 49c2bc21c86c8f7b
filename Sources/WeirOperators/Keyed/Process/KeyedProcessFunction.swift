import WeirCore
import WeirData

/// User code with state and timers for each key.
///
/// An instance belongs to one instance of the operator and is made anew after a rollback, so what
/// must survive is kept in states, registered in its initialiser.
///
/// ```swift
/// final class Totals: KeyedProcessFunction {
///     let total: ValueState<Int64>
///     init(_ states: KeyedStates) throws(WeirError) {
///         total = try states.value("total", Int64.self)
///     }
///     func process(_ bid: RowView<Bid>, _ context: KeyedContext<Total>) {
///         let sum = (total.value ?? 0) + bid[Bid.price]
///         total.value = sum
///         context.emit { $0[Total.auction] = bid[Bid.auction]; $0[Total.sum] = sum }
///     }
/// }
/// ```
public protocol KeyedProcessFunction: SendableMetatype {
    /// The rows.
    associatedtype Input: EventSchema
    /// What it emits.
    associatedtype Output: EventSchema
    /// Takes a row; states are those of its key.
    func process(_ row: RowView<Input>, _ context: KeyedContext<Output>)
    /// A timer has come; states are those of its key.
    func timerFired(_ time: Int64, _ domain: TimeDomain, _ context: KeyedContext<Output>)
}

extension KeyedProcessFunction {
    /// Without timers nothing happens.
    public func timerFired(_ time: Int64, _ domain: TimeDomain, _ context: KeyedContext<Output>) {}
}

/// User code with one state for two inputs that have the same key.
public protocol KeyedCoProcessFunction: SendableMetatype {
    /// The rows of the first input.
    associatedtype Left: EventSchema
    /// The rows of the second input.
    associatedtype Right: EventSchema
    /// What it emits.
    associatedtype Output: EventSchema
    /// Takes a row of the first input.
    func processLeft(_ row: RowView<Left>, _ context: KeyedContext<Output>)
    /// Takes a row of the second input.
    func processRight(_ row: RowView<Right>, _ context: KeyedContext<Output>)
    /// A timer has come.
    func timerFired(_ time: Int64, _ domain: TimeDomain, _ context: KeyedContext<Output>)
}

extension KeyedCoProcessFunction {
    /// Without timers nothing happens.
    public func timerFired(_ time: Int64, _ domain: TimeDomain, _ context: KeyedContext<Output>) {}
}

/// User code with state for each key, and rules that a broadcast input brings to all instances.
public protocol KeyedBroadcastProcessFunction: SendableMetatype {
    /// The rows with a key.
    associatedtype Input: EventSchema
    /// The rows that every instance gets.
    associatedtype Broadcast: EventSchema
    /// What it emits.
    associatedtype Output: EventSchema
    /// Takes a row; states are those of its key, broadcast states are for reading.
    func process(_ row: RowView<Input>, _ context: KeyedContext<Output>)
    /// Takes a broadcast row, which may change broadcast states; there is no key.
    func processBroadcast(_ row: RowView<Broadcast>, _ context: KeyedContext<Output>)
    /// A timer has come.
    func timerFired(_ time: Int64, _ domain: TimeDomain, _ context: KeyedContext<Output>)
}

extension KeyedBroadcastProcessFunction {
    /// Without timers nothing happens.
    public func timerFired(_ time: Int64, _ domain: TimeDomain, _ context: KeyedContext<Output>) {}
}

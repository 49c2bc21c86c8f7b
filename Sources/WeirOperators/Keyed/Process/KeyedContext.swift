import WeirCore
import WeirData

/// What a process function may do while it is at a row or a timer of a key.
@frozen
public struct KeyedContext<Output: EventSchema> {
    @usableFromInline let core: ProcessCore

    /// A context on this core.
    @inlinable
    public init(_ core: ProcessCore) { self.core = core }

    /// Emits a row that `fill` writes; its event time starts as that of the row or timer.
    @inlinable
    public func emit(_ fill: (RowWriter<Output>) -> Void) {
        let times = core.times.pointee
        Collector<Output>(
            core.mainBuilder,
            eventTime: times.eventTime,
            splitWatermark: times.splitWatermark
        ).emit(fill)
    }

    /// Emits a row to a side output.
    @inlinable
    public func emit<Side: EventSchema>(
        to tag: OutputTag<Side>,
        _ fill: (RowWriter<Side>) -> Void
    ) {
        let times = core.times.pointee
        Collector<Side>(
            core.builders[tag.number],
            eventTime: times.eventTime,
            splitWatermark: times.splitWatermark
        ).emit(fill)
    }

    /// The operator's watermark, in milliseconds.
    @inlinable
    public var watermark: Int64 { core.key.watermark }

    /// The wall clock in milliseconds, as of the batch at hand.
    @inlinable
    public var processingTime: Int64 { core.key.processingTime }

    /// Event time of the row, or the time of the timer.
    @inlinable
    public var eventTime: Int64 { core.times.pointee.eventTime }

    /// Registers a timer of the key; the same time twice is one timer.
    ///
    /// An event-time timer fires when the watermark reaches it, before the watermark is sent on.
    public func registerTimer(_ time: Int64, _ domain: TimeDomain = .eventTime) {
        core.register(time, domain)
    }

    /// Removes a timer of the key, if it is registered.
    public func removeTimer(_ time: Int64, _ domain: TimeDomain = .eventTime) {
        core.remove(time, domain)
    }

    /// Gives the key to `body`, as a row of the keyed input of which only the key's columns count.
    @inlinable
    public func withKey<S: EventSchema>(of schema: S.Type, _ body: (RowView<S>) -> Void) {
        guard let columns = core.keyColumns() else { return }
        body(RowView(columns, row: 0))
    }

    /// Fails the job after the row at hand.
    public func fail(_ error: WeirError) { core.key.fail(error) }
}

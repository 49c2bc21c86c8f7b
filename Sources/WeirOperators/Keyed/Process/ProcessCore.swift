import WeirCore
import WeirData

/// What the context of a process function stands on: outputs, timers, the key and the row at hand.
public final class ProcessCore {
    /// The times of the row or timer at hand.
    @frozen
    @usableFromInline
    struct Times {
        @usableFromInline var eventTime: Int64
        @usableFromInline var splitWatermark: Int64
    }

    // SAFETY: allocated in `init`, freed in `deinit`, used by the operator's thread only.
    @usableFromInline let times: UnsafeMutablePointer<Times>
    @usableFromInline let builders: [BatchBuilder]
    @usableFromInline let mainBuilder: BatchBuilder
    /// The key at hand.
    public let key: CurrentKey
    private let eventTimers: TimerQueue
    private let processingTimers: TimerQueue
    private unowned let owner: KeyedOperator

    init(_ owner: KeyedOperator, event: TimerQueue, processing: TimerQueue) {
        self.owner = owner
        key = owner.key
        eventTimers = event
        processingTimers = processing
        builders = owner.context.outputs.map(\.builder)
        mainBuilder = owner.context.output.builder
        times = .allocate(capacity: 1)
        times.initialize(to: Times(eventTime: .min, splitWatermark: .min))
    }

    deinit { times.deallocate() }

    /// Moves to a row or timer.
    @inline(__always)
    func setTimes(_ eventTime: Int64, splitWatermark: Int64) {
        times.pointee = Times(eventTime: eventTime, splitWatermark: splitWatermark)
    }

    /// Registers a timer for the key at hand.
    public func register(_ time: Int64, _ domain: TimeDomain) {
        queue(domain).register(time, keyGroup: key.keyGroup, key: key.bytes, tag: .empty)
    }

    /// Removes a timer of the key at hand.
    public func remove(_ time: Int64, _ domain: TimeDomain) {
        queue(domain).remove(time, keyGroup: key.keyGroup, key: key.bytes, tag: .empty)
    }

    /// The columns of a row that has the key's columns; nil after a failure.
    public func keyColumns() -> UnsafeMutablePointer<ColumnReference>? {
        do throws(WeirError) {
            return try owner.keyRow()
        } catch {
            key.fail(error)
            return nil
        }
    }

    private func queue(_ domain: TimeDomain) -> TimerQueue {
        domain == .eventTime ? eventTimers : processingTimers
    }
}

@available(*, unavailable)
extension ProcessCore: Sendable {}

extension UnsafeRawBufferPointer {
    /// No bytes.
    static var empty: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }
}

import CAllocations
import Foundation
import Synchronization
import Weir

/// What a job's last operator has seen so far; read by the benchmark while the job runs.
final class Tally: Sendable {
    /// A batch's arrival.
    struct Arrival: Sendable {
        /// Monotonic nanoseconds.
        let at: Int64
        /// Nanoseconds that the sink's thread, which runs all tasks, has had of a processor.
        let busy: Int64
        /// Events that all rows up to this batch stand for.
        let events: Int64
    }

    /// What happened.
    struct Record: Sendable {
        /// Rows that have arrived.
        var rows: Int64 = 0
        /// Events that they stand for.
        var events: Int64 = 0
        /// The sum of their first column.
        var sum: Int64 = 0
        /// Blocks that the sink's thread, which runs all tasks, has taken from the heap.
        var allocations: Int64 = 0
        /// When the first row came, in monotonic nanoseconds.
        var firstAt: Int64?
        /// Each batch, if arrivals are kept.
        var arrivals: [Arrival] = []
        /// When barriers came, in monotonic nanoseconds.
        var barriers: [Int64] = []
        /// When their checkpoints were durable, in monotonic nanoseconds.
        var completions: [Int64] = []
    }

    /// How rows tell how many events the job has processed.
    enum Progress: Sendable {
        /// Each row is one event.
        case rows
        /// The first column is the number of the event.
        case numbers
        /// Event time runs by so many events a second.
        case eventTime(eventsPerSecond: Int64)
    }

    private let progress: Progress
    private let keepsArrivals: Bool
    private let record: Mutex<Record>

    init(_ progress: Progress, keepsArrivals: Bool = false) {
        self.progress = progress
        self.keepsArrivals = keepsArrivals
        var empty = Record()
        if keepsArrivals { empty.arrivals.reserveCapacity(1 << 20) }
        record = Mutex(empty)
    }

    /// What is known, without arrivals.
    struct Counts {
        let rows: Int64
        let events: Int64
        let sum: Int64
        let allocations: Int64
        let firstAt: Int64?
        let completions: Int
    }

    /// A copy of what is known, without arrivals.
    var counts: Counts {
        record.withLock {
            Counts(
                rows: $0.rows,
                events: $0.events,
                sum: $0.sum,
                allocations: $0.allocations,
                firstAt: $0.firstAt,
                completions: $0.completions.count
            )
        }
    }

    /// All that is known; for the end, since an array that two know is copied when it grows.
    var all: Record { record.withLock { $0 } }

    /// The sink that fills it.
    var sink: SinkDescription {
        SinkDescription(name: "tally") { TallySink(self) }
    }

    /// Takes a batch.
    func take(_ batch: Batch, now: Int64) {
        let count = batch.count
        guard count > 0 else { return }
        let (sum, last) = TallySink.fold(batch)
        let time = batch.eventTimes[RowSelection(batch)[count - 1]]
        record.withLock { record in
            record.rows += Int64(count)
            record.sum &+= sum
            record.allocations = Int64(allocations_of_thread())
            switch progress {
            case .rows: record.events = record.rows
            case .numbers: record.events = last + 1
            case .eventTime(let perSecond): record.events = (time + 1) / 1000 * perSecond
            }
            if record.firstAt == nil { record.firstAt = now }
            if keepsArrivals {
                record.arrivals.append(
                    Arrival(at: now, busy: ThreadClock.now(), events: record.events)
                )
            }
        }
    }

    /// Notes a barrier.
    func barrier(at now: Int64) { record.withLock { $0.barriers.append(now) } }

    /// Notes that a checkpoint is durable.
    func completed(at now: Int64) { record.withLock { $0.completions.append(now) } }
}

/// Counts rows, sums their first column, and forgets them.
final class TallySink: Operator {
    private let tally: Tally

    init(_ tally: Tally) {
        self.tally = tally
        super.init()
    }

    override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        tally.take(batch, now: context.world.clock.monotonicNanoseconds())
        return .consumed
    }

    override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        tally.barrier(at: context.world.clock.monotonicNanoseconds())
    }

    override func checkpointCompleted(_ checkpoint: CheckpointID) throws(WeirError) {
        tally.completed(at: context.world.clock.monotonicNanoseconds())
    }

    /// The sum of the first column, and its last value.
    static func fold(_ batch: Batch) -> (sum: Int64, last: Int64) {
        let values = batch.columnReferences[0].values.assumingMemoryBound(to: Int64.self)
        let rows = RowSelection(batch)
        var sum: Int64 = 0
        for index in 0..<rows.count { sum &+= values[rows[index]] }
        return (sum, values[rows[rows.count - 1]])
    }
}

/// The processor time of the calling thread.
private enum ThreadClock {
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

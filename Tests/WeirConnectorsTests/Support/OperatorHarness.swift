import WeirCore
import WeirData
import WeirOperators

/// Runs one subtask of a source or sink over a world, with background work when the test says so.
final class OperatorHarness {
    let `operator`: Operator
    let outputs: [RowTarget]
    private let queue: WorkQueue
    private let job: JobScope

    init(
        _ made: Operator,
        _ world: any World,
        outputs schemas: [Schema] = [],
        subtask: Subtask = Subtask(index: 0, parallelism: 1),
        job: JobScope = JobScope(JobID(number: 1)),
        attempt: UInt64 = 1,
        batchCapacity: Int = 64,
        checkpoint: UInt64 = 0,
        restored: [OperatorStateEntry] = []
    ) throws {
        `operator` = made
        self.job = job
        let queue = WorkQueue()
        self.queue = queue
        let targets = schemas.map { _ in RowTarget() }
        outputs = targets
        made.attach(
            OperatorContext(
                world: world,
                operatorID: OperatorID(path: "test"),
                name: "test",
                subtask: subtask,
                maxParallelism: 128,
                job: job,
                attempt: Attempt(attempt),
                dataDirectory: "",
                batchCapacity: batchCapacity,
                outputs: zip(schemas, targets).map {
                    Output($0, capacity: batchCapacity, targets: [$1])
                },
                restored: RestoredOperatorState(
                    checkpoint: CheckpointID(checkpoint),
                    watermark: EventTimes.minimum,
                    entries: restored
                ),
                keyedState: nil,
                background: { work, completion in queue.add(work, completion) }
            )
        )
        try made.open()
    }

    /// The job of this harness ends in its process.
    func endJob() { job.release() }

    /// Does the background work that waits.
    func runBackground() throws { try queue.run() }

    /// Polls a source once, after the background work.
    func poll() throws -> SourceStatus {
        try queue.run()
        guard let source = `operator` as? SourceOperator else { return .finished }
        let status = try source.poll()
        for output in source.context.outputs { output.flush() }
        return status
    }

    /// Polls until the source has ended, or until nothing is left to do; `limit` times at most.
    @discardableResult
    func run(_ limit: Int = 100_000) throws -> SourceStatus {
        var status = SourceStatus.ready
        for _ in 0..<limit {
            status = try poll()
            if status == .finished { return status }
            if case .waiting = status, queue.isEmpty { return status }
        }
        return status
    }

    /// Takes a snapshot; the work before its acknowledgement is done unless it is to be aborted.
    func snapshot(
        _ checkpoint: UInt64,
        purpose: CheckpointBarrier.Purpose = .checkpoint,
        isAborted: Bool = false
    ) throws -> [OperatorStateEntry] {
        let barrier = CheckpointBarrier(
            checkpoint: CheckpointID(checkpoint),
            attempt: Attempt(1),
            purpose: purpose,
            triggeredAt: 0
        )
        let context = StateSnapshotContext(barrier)
        try `operator`.snapshot(context)
        if !isAborted {
            for work in context.backgroundWork { try work() }
        }
        return context.entries
    }

    /// Completes a checkpoint and does the commit.
    func complete(_ checkpoint: UInt64) throws {
        try `operator`.checkpointCompleted(CheckpointID(checkpoint))
        try queue.run()
    }

    /// States with the elements of several subtasks together, as `union` and one new subtask see.
    static func merged(_ snapshots: [[OperatorStateEntry]]) -> [OperatorStateEntry] {
        var merged: [OperatorStateEntry] = []
        for entry in snapshots.flatMap(\.self) {
            if let index = merged.firstIndex(where: { $0.name == entry.name }) {
                merged[index] = OperatorStateEntry(
                    entry.name,
                    entry.redistribution,
                    merged[index].elements + entry.elements
                )
            } else {
                merged.append(entry)
            }
        }
        return merged
    }
}

/// Background work in the order in which it was asked for.
private final class WorkQueue {
    private var waiting:
        [(
            work: @Sendable () throws(WeirError) -> Void,
            completion: (WeirError?) throws(WeirError) -> Void
        )] = []

    var isEmpty: Bool { waiting.isEmpty }

    func add(
        _ work: @escaping @Sendable () throws(WeirError) -> Void,
        _ completion: @escaping (WeirError?) throws(WeirError) -> Void
    ) {
        waiting.append((work, completion))
    }

    func run() throws {
        while !waiting.isEmpty {
            let next = waiting.removeFirst()
            do throws(WeirError) {
                try next.work()
            } catch {
                try next.completion(error)
                continue
            }
            try next.completion(nil)
        }
    }
}

/// Keeps rows as values, their times, and watermarks.
final class RowTarget: OutputTarget {
    private(set) var rows: [[Value]] = []
    private(set) var splitWatermarks: [Int64] = []
    private(set) var watermarks: [Int64] = []
    private(set) var batches: [Batch] = []

    var isFull: Bool { false }

    func flush() {}

    func take(_ element: StreamElement) {
        switch element {
        case .batch(let batch):
            batches.append(batch)
            let selected = RowSelection(batch)
            for position in 0..<selected.count {
                rows.append((try? batch.values(row: selected[position])) ?? [])
                splitWatermarks.append(batch.splitWatermarks[selected[position]])
            }
        case .watermark(let watermark): watermarks.append(watermark.time)
        default: break
        }
    }
}

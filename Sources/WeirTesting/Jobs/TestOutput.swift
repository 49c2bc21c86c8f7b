import Synchronization
import Weir

/// What a test's sink has handed over: an outside system with transactions.
///
/// It outlives the job, as a database would. Rows are prepared with a checkpoint and count once that
/// is complete; a restored job commits what its checkpoint promised, drops what it did not, and
/// withdraws what was committed after it. So `committed` is the output that exactly-once promises.
///
/// ```swift
/// let totals = TestOutput()
/// stream.sink(totals.sink(name: "totals"))
/// ```
public final class TestOutput: Sendable {
    /// Names a transaction: who prepared it, for which checkpoint.
    struct Transaction: Hashable, Comparable, Sendable {
        let checkpoint: CheckpointID
        let job: JobID
        let attempt: Attempt
        let subtask: Int

        static func < (a: Transaction, b: Transaction) -> Bool {
            (a.checkpoint, a.attempt, a.subtask) < (b.checkpoint, b.attempt, b.subtask)
        }
    }

    private struct Table {
        var prepared: [Transaction: [HarnessRow]] = [:]
        var committed: [Transaction: [HarnessRow]] = [:]
        /// Whose writers may commit: those of the last one that began.
        var job: JobID?
        var attempt = Attempt(0)
        /// Jobs that others go on from.
        var former: Set<JobID> = []
        var refused = 0
        var withdrawn: [CheckpointID] = []
    }

    /// A commit that a writer asked for.
    package struct Commit: Sendable {
        /// The writer's job.
        package let job: JobID
        /// The writer's attempt.
        package let attempt: Attempt
        /// The checkpoint for which the rows were prepared.
        package let checkpoint: CheckpointID
        /// Whether the rows count since.
        package let isAccepted: Bool
    }

    private let table = Mutex(Table())
    private let onCommit: @Sendable (Commit) -> Void

    /// An output that nothing was handed to.
    public init() { onCommit = { _ in } }

    /// The same; `onCommit` is told of each commit by a running writer.
    package init(onCommit: @escaping @Sendable (Commit) -> Void) { self.onCommit = onCommit }

    /// The sink as a program names it.
    public func sink(name: String, parallelism: Int? = nil) -> SinkDescription {
        SinkDescription(name: name, parallelism: parallelism) { TestOutputWriter(self) }
    }

    /// The rows that count, by checkpoint and subtask, in the order of their arrival.
    public var committed: [HarnessRow] {
        table.withLock { table in
            table.committed.keys.sorted().flatMap { table.committed[$0] ?? [] }
        }
    }

    /// The values of the rows that count and were committed for a checkpoint or one before it.
    public func committed(through checkpoint: CheckpointID) -> [[Value]] {
        table.withLock { table in
            table.committed.keys.sorted().filter { $0.checkpoint <= checkpoint }
                .flatMap { table.committed[$0] ?? [] }
        }.map(\.values)
    }

    /// The values of the rows that count.
    public var committedValues: [[Value]] { committed.map(\.values) }

    /// Checkpoints whose output was withdrawn since a job went back before them, as they came.
    public var withdrawn: [CheckpointID] { table.withLock { $0.withdrawn } }

    /// Commits that were refused because a later attempt had begun.
    public var refusedCommits: Int { table.withLock { $0.refused } }

    /// The present job has ended, and nothing that is left of it is listened to; another one, whose
    /// attempts are counted anew, goes on from a snapshot of it.
    public func handOver() {
        table.withLock { table in
            if let job = table.job { table.former.insert(job) }
            table.job = nil
            table.attempt = Attempt(0)
        }
    }

    // MARK: For the writers

    /// A writer of a new attempt begins; `promised` is what its checkpoint holds of all writers.
    func begin(
        job: JobID,
        attempt: Attempt,
        restored: CheckpointID,
        promised: Set<Transaction>
    ) {
        table.withLock { table in
            guard !table.former.contains(job), attempt >= table.attempt else { return }
            table.job = job
            table.attempt = attempt
            for transaction in table.committed.keys.sorted()
            where transaction.checkpoint > restored {
                table.committed[transaction] = nil
                if table.withdrawn.last != transaction.checkpoint {
                    table.withdrawn.append(transaction.checkpoint)
                }
            }
            for transaction in table.prepared.keys.sorted()
            where transaction.job != job || transaction.attempt < attempt {
                let rows = table.prepared.removeValue(forKey: transaction)
                if promised.contains(transaction) { table.committed[transaction] = rows }
            }
        }
    }

    /// Keeps rows for a checkpoint.
    func prepare(_ transaction: Transaction, _ rows: [HarnessRow]) {
        table.withLock { $0.prepared[transaction] = rows }
    }

    /// Makes rows count; doing it again changes nothing.
    func commit(_ transaction: Transaction) {
        let isAccepted = table.withLock { table in
            guard transaction.job == table.job, transaction.attempt == table.attempt else {
                table.refused += 1
                return false
            }
            if let rows = table.prepared.removeValue(forKey: transaction) {
                table.committed[transaction] = rows
            }
            return true
        }
        onCommit(
            Commit(
                job: transaction.job,
                attempt: transaction.attempt,
                checkpoint: transaction.checkpoint,
                isAccepted: isAccepted
            )
        )
    }
}

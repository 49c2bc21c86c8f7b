import WeirCore
import WeirData
import WeirState

/// What an operator may use of the place where it runs.
///
/// Belongs to one subtask's executor thread.
public final class OperatorContext {
    /// Effects.
    public let world: any World
    /// The operator's identity across runs.
    public let operatorID: OperatorID
    /// The declared or derived name, for messages.
    public let name: String
    /// Which instance this is.
    public let subtask: Subtask
    /// Number of key groups of the job.
    public let maxParallelism: Int
    /// The job that it belongs to, and what that holds in this process.
    public let job: JobScope
    /// The attempt of the job that it belongs to; side effects carry it.
    public let attempt: Attempt
    /// The job's directory, for files that an operator keeps; empty in tests without one.
    public let dataDirectory: String
    /// Rows per batch.
    public let batchCapacity: Int
    /// Main output first, then side outputs in the order of their declaration.
    public let outputs: [Output]
    /// What the last snapshot held for this subtask.
    public let restored: RestoredOperatorState
    /// Keyed state; nil for operators without a key.
    public let keyedState: KeyedStateBackend?
    /// Counters shown to people.
    public let metrics: OperatorMetrics
    /// Runs `work` on an I/O thread and then `completion` on the executor thread, unless the attempt
    /// has ended by then.
    public let background: BackgroundRunner
    /// The combined watermark; the runner moves it before `advanceWatermark`.
    public internal(set) var watermark: Int64

    /// Binds an operator to its place; the runtime and the test driver do.
    public init(
        world: any World,
        operatorID: OperatorID,
        name: String,
        subtask: Subtask,
        maxParallelism: Int,
        job: JobScope,
        attempt: Attempt,
        dataDirectory: String,
        batchCapacity: Int,
        outputs: [Output],
        restored: RestoredOperatorState,
        keyedState: KeyedStateBackend?,
        background: @escaping BackgroundRunner
    ) {
        self.world = world
        self.operatorID = operatorID
        self.name = name
        self.subtask = subtask
        self.maxParallelism = maxParallelism
        self.job = job
        self.attempt = attempt
        self.dataDirectory = dataDirectory
        self.batchCapacity = batchCapacity
        self.outputs = outputs
        self.restored = restored
        self.keyedState = keyedState
        self.background = background
        metrics = OperatorMetrics()
        watermark = restored.watermark
    }

    /// The main output.
    public var output: Output { outputs[0] }

    /// Moves the watermark; the runner does, before `advanceWatermark`.
    public func setWatermark(_ time: Int64) { watermark = time }

    /// Stands in before `attach`; using it is a mistake that traps.
    static var unattached: OperatorContext {
        OperatorContext(
            world: UnattachedWorld(),
            operatorID: OperatorID(hash: 0),
            name: "(not attached)",
            subtask: Subtask(index: 0, parallelism: 1),
            maxParallelism: 1,
            job: JobScope(JobID(number: 0)),
            attempt: Attempt(0),
            dataDirectory: "",
            batchCapacity: 1,
            outputs: [],
            restored: .empty,
            keyedState: nil,
            background: { _, _ in }
        )
    }
}

@available(*, unavailable)
extension OperatorContext: Sendable {}

/// Work that may block, and what follows on the executor thread.
///
/// The completion receives the error that the work threw, or nil.
public typealias BackgroundRunner = (
    _ work: @escaping @Sendable () throws(WeirError) -> Void,
    _ completion: @escaping (WeirError?) throws(WeirError) -> Void
) -> Void

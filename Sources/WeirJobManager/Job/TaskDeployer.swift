import WeirControl
import WeirCore
import WeirPlan
import WeirSnapshot

/// An attempt of a job that is to be started.
public struct AttemptDescription: Sendable {
    /// The attempt.
    public let attempt: Attempt
    /// What runs.
    public let graph: JobGraph
    /// What it goes on from; nil: from nothing.
    public let manifest: CheckpointManifest?
    /// Names of states and operators whose snapshot is given up.
    public let droppedStates: Set<String>

    /// Describes an attempt.
    public init(
        attempt: Attempt,
        graph: JobGraph,
        manifest: CheckpointManifest?,
        droppedStates: Set<String>
    ) {
        self.attempt = attempt
        self.graph = graph
        self.manifest = manifest
        self.droppedStates = droppedStates
    }
}

/// Runs the tasks of a job's attempts, in this process or in the workers of task managers.
///
/// Called on the thread of the job's master, and answers through its queue.
public protocol TaskDeployer: AnyObject {
    /// The longest manifest that tasks can be started from, in bytes; nil: any.
    var mostManifestBytes: Int? { get }
    /// Starts the tasks of an attempt, after the one before has ended.
    ///
    /// They tell of themselves by `.task`; if they cannot be started, `.attemptFailed` tells why.
    func deploy(_ description: AttemptDescription)
    /// Has tasks draw the line of a checkpoint.
    func trigger(_ tasks: [TaskID], _ barrier: CheckpointBarrier)
    /// Tells all tasks of the attempt something.
    func tell(_ command: TaskCommand)
    /// Ends all tasks of the attempt; `.attemptEnded` follows, once they touch nothing any more.
    func cancel(_ attempt: Attempt)
    /// The job has ended, and no attempt runs: gives up what was held for it.
    func jobEnded()
}

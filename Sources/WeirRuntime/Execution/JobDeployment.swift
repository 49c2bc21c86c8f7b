import WeirCore
import WeirOperators
import WeirPlan
import WeirSnapshot
import WeirState

/// Everything that slots need to run one attempt of a job in this process.
public struct JobDeployment: Sendable {
    /// What runs.
    public let graph: JobGraph
    /// Makes the operators; `factories[i]` belongs to node `i`.
    public let factories: [OperatorFactory]
    /// The job.
    public let job: JobScope
    /// The attempt.
    public let attempt: Attempt
    /// What to start from; nil for a fresh start.
    public let restored: RestoredJob?
    /// Where snapshots are kept, also the one that it starts from.
    public let store: any FileStore
    /// A directory for the operators' own files.
    public let dataDirectory: String
    /// Rows per batch.
    public let batchCapacity: Int
    /// Batches that may wait in a ring between two slots.
    public let channelCapacity: Int
    /// Nanoseconds after which rows are handed on although their batch is not full.
    public let bufferTimeout: Int64
    /// Nanoseconds after which a barrier overtakes rows.
    public let alignedTimeout: Int64
    /// Opens the images behind keyed state.
    public let images: any ImageFactory
    /// Bytes that the tables of all keyed operators in this process may use together.
    public let keyedStateMemory: Int
    /// How keyed state is kept.
    public let statePolicy: KeyedStatePolicy
    /// Names of states and operators whose snapshot is given up.
    public let droppedStates: Set<String>
    /// Where the slots run.
    public let placement: SlotPlacement

    /// Describes an attempt.
    public init(
        graph: JobGraph,
        factories: [OperatorFactory],
        job: JobScope,
        attempt: Attempt,
        restored: RestoredJob?,
        store: any FileStore,
        dataDirectory: String,
        batchCapacity: Int,
        channelCapacity: Int = 8,
        bufferTimeout: Int64,
        alignedTimeout: Int64,
        images: any ImageFactory,
        keyedStateMemory: Int,
        statePolicy: KeyedStatePolicy = KeyedStatePolicy(),
        droppedStates: Set<String>,
        placement: SlotPlacement? = nil
    ) {
        precondition(factories.count == graph.streamGraph.nodes.count, "a factory per node")
        self.graph = graph
        self.factories = factories
        self.job = job
        self.attempt = attempt
        self.restored = restored
        self.store = store
        self.dataDirectory = dataDirectory
        self.batchCapacity = batchCapacity
        self.channelCapacity = channelCapacity
        self.bufferTimeout = bufferTimeout
        self.alignedTimeout = alignedTimeout
        self.images = images
        self.keyedStateMemory = keyedStateMemory
        self.statePolicy = statePolicy
        self.droppedStates = droppedStates
        self.placement = placement ?? SlotPlacement(allOf: graph.slotCount)
        precondition(self.placement.workers.count == graph.slotCount, "a worker per slot")
    }

    /// The keyed-state memory of one slot, in bytes, which its operators share by demand.
    public var slotStateMemory: Int { keyedStateMemory / max(1, placement.localSlots.count) }
}

import WeirCore
import WeirTransport

/// Which workers run the slots of an attempt; they are known by their positions in a list.
public struct SlotPlacement: Sendable {
    /// By slot: the worker that runs it.
    public let workers: [Int]
    /// This worker.
    public let own: Int
    /// What this worker needs to reach others; nil if it runs all slots.
    public let connections: WorkerConnections?

    /// All slots run in this process.
    public init(allOf slotCount: Int) {
        workers = Array(repeating: 0, count: slotCount)
        own = 0
        connections = nil
    }

    /// Slots run in several processes.
    public init(workers: [Int], own: Int, connections: WorkerConnections) {
        self.workers = workers
        self.own = own
        self.connections = connections
    }

    /// The slots of this process, ascending.
    var localSlots: [Int] { workers.indices.filter { workers[$0] == own } }

    /// Whether a slot runs in this process.
    func isLocal(_ slot: Int) -> Bool { workers[slot] == own }
}

/// How a worker reaches the others of an attempt.
public struct WorkerConnections: Sendable {
    /// This worker's connections.
    public let dataPlane: DataPlane
    /// What every worker of the job knows and nobody else.
    public let token: [UInt8]
    /// Where the other workers are.
    public let addresses: [Int: DataAddress]

    /// Describes them.
    public init(dataPlane: DataPlane, token: [UInt8], addresses: [Int: DataAddress]) {
        self.dataPlane = dataPlane
        self.token = token
        self.addresses = addresses
    }
}

/// A task manager.
public struct TaskManagerInfo: Sendable, Equatable {
    /// Its id.
    public var id: String
    /// Where it takes orders.
    public var address: String
    /// The port of the data plane.
    public var dataPort: Int
    /// When it was last heard of.
    public var lastHeartbeat: Int64
    /// Its slots.
    public var slots: Int
    /// Slots that no job has.
    public var freeSlots: Int
    /// Tasks that it runs.
    public var assignedTasks: Int
    /// Whether it is given no more work.
    public var isBlocked: Bool
    /// What it has for slots.
    public var totalResource: ResourceProfile
    /// What of it no slot has.
    public var freeResource: ResourceProfile
    /// Its machine.
    public var hardware: HardwareDescription
    /// How its memory is divided.
    public var memory: MemoryDescription
    /// Which job has which slot.
    public var allocatedSlots: [AllocatedSlot]
    /// What it uses now.
    public var metrics: TaskManagerMetrics

    /// Wraps the facts.
    public init(
        id: String,
        address: String,
        dataPort: Int,
        lastHeartbeat: Int64,
        slots: Int,
        freeSlots: Int,
        assignedTasks: Int,
        isBlocked: Bool = false,
        totalResource: ResourceProfile,
        freeResource: ResourceProfile,
        hardware: HardwareDescription,
        memory: MemoryDescription,
        allocatedSlots: [AllocatedSlot] = [],
        metrics: TaskManagerMetrics = TaskManagerMetrics()
    ) {
        self.id = id
        self.address = address
        self.dataPort = dataPort
        self.lastHeartbeat = lastHeartbeat
        self.slots = slots
        self.freeSlots = freeSlots
        self.assignedTasks = assignedTasks
        self.isBlocked = isBlocked
        self.totalResource = totalResource
        self.freeResource = freeResource
        self.hardware = hardware
        self.memory = memory
        self.allocatedSlots = allocatedSlots
        self.metrics = metrics
    }
}

/// A slot that a job has.
public struct AllocatedSlot: Sendable, Equatable {
    /// The job.
    public var jobID: String
    /// What the slot has.
    public var resource: ResourceProfile
    /// Tasks that run in it.
    public var assignedTasks: Int

    /// Wraps the facts.
    public init(jobID: String, resource: ResourceProfile, assignedTasks: Int) {
        self.jobID = jobID
        self.resource = resource
        self.assignedTasks = assignedTasks
    }
}

/// What a slot or a task manager has to give.
public struct ResourceProfile: Sendable, Equatable {
    /// Processor cores.
    public var cpuCores: Double
    /// Memory for keyed state, in MiB.
    public var managedMemoryMebibytes: Int64
    /// Memory for channels between processes, in MiB.
    public var networkMemoryMebibytes: Int64

    /// Wraps the numbers.
    public init(
        cpuCores: Double,
        managedMemoryMebibytes: Int64,
        networkMemoryMebibytes: Int64
    ) {
        self.cpuCores = cpuCores
        self.managedMemoryMebibytes = managedMemoryMebibytes
        self.networkMemoryMebibytes = networkMemoryMebibytes
    }
}

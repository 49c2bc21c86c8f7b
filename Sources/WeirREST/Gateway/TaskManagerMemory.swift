/// The machine of a task manager.
public struct HardwareDescription: Sendable, Equatable {
    /// Processor cores.
    public var cpuCores: Int
    /// Bytes of memory.
    public var physicalMemoryBytes: Int64
    /// Bytes that nobody uses.
    public var freeMemoryBytes: Int64

    /// Wraps the numbers.
    public init(cpuCores: Int, physicalMemoryBytes: Int64, freeMemoryBytes: Int64) {
        self.cpuCores = cpuCores
        self.physicalMemoryBytes = physicalMemoryBytes
        self.freeMemoryBytes = freeMemoryBytes
    }
}

/// How a task manager divides its memory, in bytes.
public struct MemoryDescription: Sendable, Equatable {
    /// For channels between processes.
    public var networkBytes: Int64
    /// For keyed state, its image and the sorting of segments.
    public var managedBytes: Int64
    /// What the processes take at most.
    public var totalBytes: Int64

    /// Wraps the numbers.
    public init(networkBytes: Int64, managedBytes: Int64, totalBytes: Int64) {
        self.networkBytes = networkBytes
        self.managedBytes = managedBytes
        self.totalBytes = totalBytes
    }
}

/// What a task manager uses now.
public struct TaskManagerMetrics: Sendable, Equatable {
    /// Resident bytes of its processes.
    public var residentBytes: Int64
    /// Buffers for channels: how many are free.
    public var networkBuffersAvailable: Int64
    /// Buffers for channels: how many there are.
    public var networkBuffersTotal: Int64
    /// Bytes of one buffer.
    public var networkBufferBytes: Int64

    /// Wraps the numbers.
    public init(
        residentBytes: Int64 = 0,
        networkBuffersAvailable: Int64 = 0,
        networkBuffersTotal: Int64 = 0,
        networkBufferBytes: Int64 = 0
    ) {
        self.residentBytes = residentBytes
        self.networkBuffersAvailable = networkBuffersAvailable
        self.networkBuffersTotal = networkBuffersTotal
        self.networkBufferBytes = networkBufferBytes
    }
}

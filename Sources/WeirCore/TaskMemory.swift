/// Counts the bytes that one task holds, against a budget of its own or one that it shares.
///
/// It allocates nothing itself: every allocator of a task reports here, once per block and never
/// per record. Belongs to the task's thread, as all members of its pool do.
public final class TaskMemory {
    /// The budget.
    public let pool: MemoryPool
    private let member: Int
    /// What is held now, in bytes.
    public private(set) var usedBytes = 0
    /// The most that was held at any time, in bytes.
    public private(set) var highestBytes = 0

    /// A task with a budget of its own; without a limit it may hold all there is.
    public convenience init(limitBytes: Int = Int.max) {
        self.init(sharing: MemoryPool(limitBytes: limitBytes))
    }

    /// A task that shares a budget.
    public init(sharing pool: MemoryPool) {
        self.pool = pool
        member = pool.join()
    }

    /// The budget, in bytes, of all that share it.
    public var limitBytes: Int {
        get { pool.limitBytes }
        set { pool.limitBytes = newValue }
    }

    /// Notes that a block was taken.
    public func charge(_ bytes: Int) {
        usedBytes += bytes
        highestBytes = max(highestBytes, usedBytes)
        pool.charge(bytes, to: member)
    }

    /// Notes that a block was given back.
    public func release(_ bytes: Int) {
        usedBytes -= bytes
        pool.release(bytes, from: member)
    }

    /// How many bytes the task should give back; 0 if the budget holds, or others hold more.
    public var excessBytes: Int { pool.excess(of: member) }

    /// Whether the budget is nearly used up, and it is for this task to give back.
    public var isUrgent: Bool { pool.usedBytes > pool.urgentBytes && excessBytes > 0 }

    /// Bytes that may be taken before anyone has to give back.
    public var roomBytes: Int { max(0, pool.softLimitBytes - pool.usedBytes) }
}

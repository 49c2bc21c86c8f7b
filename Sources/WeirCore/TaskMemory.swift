/// Counts the bytes that one task holds, against its share of the memory budget.
///
/// It allocates nothing itself: every allocator of a task reports here, once per block and never
/// per record. Belongs to the task's thread.
public final class TaskMemory {
    /// The task's share, in bytes.
    public var limitBytes: Int
    /// What is held now, in bytes.
    public private(set) var usedBytes = 0
    /// The most that was held at any time, in bytes.
    public private(set) var highestBytes = 0

    /// A task with this share; without one it may hold all there is.
    public init(limitBytes: Int = Int.max) { self.limitBytes = limitBytes }

    /// Notes that a block was taken.
    public func charge(_ bytes: Int) {
        usedBytes += bytes
        highestBytes = max(highestBytes, usedBytes)
    }

    /// Notes that a block was given back.
    public func release(_ bytes: Int) {
        usedBytes -= bytes
        precondition(usedBytes >= 0, "more memory released than charged: \(usedBytes)")
    }

    /// By how many bytes the task is past its share; 0 if it is inside.
    public var excessBytes: Int { max(0, usedBytes - limitBytes) }
}

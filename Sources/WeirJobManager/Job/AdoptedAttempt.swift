import WeirCore
import WeirPlan

/// An attempt whose tasks outlived the job manager that had started them, as its workers tell.
public struct AdoptedAttempt: Sendable, Equatable {
    /// The attempt.
    public let attempt: Attempt
    /// Tasks that take rows; the others are still being started.
    public let running: Set<TaskID>
    /// Tasks whose input, or source, has ended.
    public let exhausted: Set<TaskID>
    /// The highest checkpoint that a task has met.
    public let highest: CheckpointID
    /// The highest checkpoint that a task was told is complete.
    public let completed: CheckpointID
}

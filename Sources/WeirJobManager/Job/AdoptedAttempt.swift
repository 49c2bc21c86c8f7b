import WeirControl
import WeirCore
import WeirPlan
import WeirSnapshot

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

    /// What its sources were told about their end, all or some of them.
    public let sources: DeployedPart.Sources

    /// Why its tasks do not fit the newest checkpoint that is stored; nil if they do.
    func doubt(_ stored: CheckpointManifest?) -> String? {
        if let stored, stored.attempt > attempt {
            return "Checkpoint \(stored.checkpoint) is of the later attempt \(stored.attempt)."
        }
        guard completed > stored?.checkpoint ?? .none else { return nil }
        return "They have committed checkpoint \(completed), which is not stored."
    }
}

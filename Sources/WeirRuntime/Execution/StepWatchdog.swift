import WeirPlan

/// Finds tasks that do not come back from a step: a function of the job that loops, or waits.
///
/// A value that is told what each slot is at, a few times a second. A step that takes as long as this
/// stops its slot: other tasks there do not run, and barriers wait.
public struct StepWatchdog: Sendable {
    /// A step of a task.
    public struct Step: Sendable, Equatable {
        /// The task.
        public let task: TaskID
        /// Another one for each step of the slot.
        public let number: UInt64

        /// Names a step.
        public init(task: TaskID, number: UInt64) {
            self.task = task
            self.number = number
        }
    }

    /// What is to be told.
    public enum Finding: Sendable, Equatable {
        /// A task has been in one step for so many nanoseconds.
        case stuck(TaskID, Int64)
        /// A task that was told of has come back, after so many nanoseconds at least.
        case wentOn(TaskID, Int64)
    }

    private struct Watched: Sendable {
        let step: Step
        let since: Int64
        var isTold = false
    }

    /// Nanoseconds in one step after which a task is told of.
    public static let patience: Int64 = 4_000_000_000

    private var watched: [Int: Watched] = [:]

    /// Knows of no slot yet.
    public init() {}

    /// Looks at what the slots are at, by number, at a monotonic time.
    public mutating func look(_ steps: [Int: Step], at now: Int64) -> [Finding] {
        var findings: [Finding] = []
        for (slot, former) in watched.sorted(by: { $0.key < $1.key })
        where steps[slot] != former.step {
            if former.isTold { findings.append(.wentOn(former.step.task, now - former.since)) }
            watched[slot] = nil
        }
        for (slot, step) in steps.sorted(by: { $0.key < $1.key }) {
            var present = watched[slot] ?? Watched(step: step, since: now)
            if !present.isTold, now - present.since >= Self.patience {
                present.isTold = true
                findings.append(.stuck(step.task, now - present.since))
            }
            watched[slot] = present
        }
        return findings
    }
}

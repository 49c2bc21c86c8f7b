import Synchronization
import WeirPlan

/// What the thread of a slot is at, for whoever watches it from another thread.
///
/// The slot's thread alone writes: two plain stores a step.
final class SlotWatch: Sendable {
    private static let none = UInt64.max

    private let steps = Atomic<UInt64>(0)
    private let task = Atomic<UInt64>(SlotWatch.none)

    /// A step of a task begins.
    func begin(_ id: TaskID) {
        steps.store(steps.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        task.store(UInt64(id.vertex) << 32 | UInt64(id.subtask), ordering: .releasing)
    }

    /// No task is in a step.
    func end() { task.store(Self.none, ordering: .releasing) }

    /// The task that is in a step, and the step's number; nil: none is.
    var current: StepWatchdog.Step? {
        let packed = task.load(ordering: .acquiring)
        guard packed != Self.none else { return nil }
        return StepWatchdog.Step(
            task: TaskID(vertex: Int(packed >> 32), subtask: Int(packed & 0xffff_ffff)),
            number: steps.load(ordering: .relaxed)
        )
    }
}

import Testing
import WeirControl
import WeirCore
import WeirPlan
import WeirSnapshot

@Suite("The history of checkpoints")
struct CheckpointHistoryTests {
    private let tasks = [
        TaskID(vertex: 0, subtask: 0), TaskID(vertex: 1, subtask: 0), TaskID(vertex: 1, subtask: 1),
    ]

    private func barrier(_ number: UInt64) -> CheckpointBarrier {
        CheckpointBarrier(
            checkpoint: CheckpointID(number),
            attempt: Attempt(1),
            triggeredAt: 0
        )
    }

    /// A task's part with one file of so many bytes.
    private func snapshot(_ name: String, _ bytes: Int) -> TaskSnapshot {
        let groups = KeyGroupRange(0, 1)
        let file = FileHandle(
            name: name,
            stored: StoredFile(size: bytes, checksum: 0),
            keyGroups: groups
        )
        let segment = SegmentHandle(file: file, checkpoint: CheckpointID(1), entryCount: 1)
        return TaskSnapshot(parts: [
            TaskSnapshot.Part(
                operatorID: OperatorID(hash: 1),
                states: [],
                subtask: SubtaskSnapshot(index: 0, keyGroups: groups, segments: [segment])
            )
        ])
    }

    @Test("counts answers and bytes by vertex; what the one before had is not new")
    func bytes() {
        var history = CheckpointHistory(tasks: tasks)
        history.triggered(barrier(1), isSavepoint: false, at: 100)
        history.acknowledged(tasks[0], CheckpointID(1), snapshot("a", 10), at: 110)
        history.acknowledged(tasks[1], CheckpointID(1), snapshot("b", 20), at: 130)
        history.acknowledged(tasks[2], CheckpointID(1), snapshot("c", 30), at: 120)
        history.completed(CheckpointID(1))
        #expect(history.latestCompleted?.whole.newBytes == 60)
        #expect(history.latestCompleted?.whole.latestAcknowledgement == 130)
        history.triggered(barrier(2), isSavepoint: false, at: 200)
        history.acknowledged(tasks[1], CheckpointID(2), snapshot("b", 20), at: 210)
        history.acknowledged(tasks[2], CheckpointID(2), snapshot("d", 7), at: 211)
        let part = history.records.last?.vertices[1]
        #expect(part?.tasks == 2)
        #expect(part?.acknowledged == 2)
        #expect(part?.newBytes == 7)
        #expect(part?.stateBytes == 27)
        #expect(history.records.last?.outcome == .inProgress)
    }

    @Test("takes one that another follows for given up, and nothing that comes late")
    func stale() {
        var history = CheckpointHistory(tasks: tasks)
        history.triggered(barrier(1), isSavepoint: false, at: 100)
        history.triggered(barrier(2), isSavepoint: true, at: 200)
        #expect(history.latestFailed?.id == CheckpointID(1))
        history.acknowledged(tasks[0], CheckpointID(1), snapshot("a", 10), at: 210)
        history.completed(CheckpointID(1))
        #expect(history.latestCompleted == nil)
        #expect(history.records[0].whole.acknowledged == 0)
        history.completed(CheckpointID(2))
        #expect(history.latestSavepoint?.id == CheckpointID(2))
        history.failed(CheckpointID(2), "too late", at: 300)
        #expect(history.records[1].outcome == .completed)
    }

    @Test("adds up sizes that are past all numbers")
    func saturation() {
        var history = CheckpointHistory(tasks: tasks)
        history.triggered(barrier(1), isSavepoint: false, at: 100)
        for (index, task) in tasks.enumerated() {
            history.acknowledged(task, CheckpointID(1), snapshot("f\(index)", .max), at: 110)
        }
        #expect(history.records.last?.whole.newBytes == .max)
        #expect(history.records.last?.whole.stateBytes == .max)
    }

    @Test("keeps the last ones")
    func bounded() {
        var history = CheckpointHistory(tasks: tasks)
        for number in 1...25 {
            history.triggered(barrier(UInt64(number)), isSavepoint: false, at: 0)
            history.failed(CheckpointID(UInt64(number)), "why", at: 1)
        }
        #expect(history.records.map(\.id.number) == Array(16...25))
        #expect(history.latestFailed?.outcome == .failed(at: 1, "why"))
        history.restored(CheckpointID(15), isSavepoint: false, at: 5)
        #expect(history.restores == 1)
        #expect(history.latestRestored?.id == CheckpointID(15))
    }
}

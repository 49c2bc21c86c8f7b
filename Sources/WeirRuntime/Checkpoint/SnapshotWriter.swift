import Synchronization
import WeirCore
import WeirPlan
import WeirSnapshot
import WeirState

/// The cut of a task as plain data, on its way to the disk.
struct FinishedCut: Sendable {
    /// One operator of the task.
    struct Part: Sendable {
        let operatorID: OperatorID
        let subtask: Int
        let keyGroups: KeyGroupRange
        let blobs: [StateBlob]
    }

    let barrier: CheckpointBarrier
    let task: TaskID
    let parts: [Part]
    let records: [InFlightRecorder.Record]
    let backgroundWork: [@Sendable () throws(WeirError) -> Void]
    let alignmentNanoseconds: Int64
    let cutAt: Int64
    let isUnaligned: Bool
}

/// Stores a task's part of a checkpoint; runs on an I/O thread.
struct SnapshotWriter: Sendable {
    /// Where snapshots are kept.
    let store: any FileStore

    /// Does the operators' background work, stores the files, and says what was stored.
    ///
    /// - Throws: `diskFull`, `fileFailed`, and what the background work throws.
    func write(_ cut: FinishedCut, world: any World) throws(WeirError) -> TaskSnapshot {
        for work in cut.backgroundWork { try work() }
        var inFlight: [TaskSnapshot.InFlight] = []
        for (index, record) in cut.records.enumerated() {
            let name = CheckpointNames.task(
                cut.barrier.checkpoint,
                cut.barrier.attempt,
                record.operatorID,
                subtask: record.subtask,
                kind: "inflight-\(cut.task)-\(index)"
            )
            let stored = try store.putIfAbsent(name, bytes: record.bytes)
            inFlight.append(
                TaskSnapshot.InFlight(
                    operatorID: record.operatorID,
                    subtask: record.subtask,
                    channel: ChannelHandle(
                        input: record.input,
                        channel: record.order,
                        file: FileHandle(name: name, stored: stored)
                    )
                )
            )
        }
        let parts = cut.parts.map { part in
            TaskSnapshot.Part(
                operatorID: part.operatorID,
                states: [],
                subtask: SubtaskSnapshot(
                    index: part.subtask,
                    keyGroups: part.keyGroups,
                    blobs: part.blobs
                )
            )
        }
        return TaskSnapshot(
            parts: parts,
            inFlight: inFlight,
            alignmentNanoseconds: cut.alignmentNanoseconds,
            asynchronousNanoseconds: world.clock.monotonicNanoseconds() - cut.cutAt,
            isUnaligned: cut.isUnaligned
        )
    }
}

/// Carries a result from an I/O thread to the completion on the executor thread.
final class SnapshotResult: Sendable {
    private let stored = Mutex<TaskSnapshot?>(nil)

    var value: TaskSnapshot? { stored.withLock { $0 } }

    func set(_ snapshot: TaskSnapshot) { stored.withLock { $0 = snapshot } }
}

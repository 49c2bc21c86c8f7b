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
        let blobs: [StateBlob]
        let upload: KeyedStateUpload?
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
    /// Ends the storing early once the attempt is over.
    let cancellation: Cancellation

    /// Does the operators' background work, stores the files, and says what was stored.
    ///
    /// - Throws: `diskFull`, `fileFailed`, and what the background work throws.
    func write(_ cut: FinishedCut, world: any World) throws(WeirError) -> WrittenSnapshot {
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
        var keyed: [(operatorID: OperatorID, snapshot: KeyedStateSnapshot)] = []
        var parts: [TaskSnapshot.Part] = []
        for part in cut.parts {
            let state = try part.upload?.run(store, cancellation: cancellation)
            if let state { keyed.append((part.operatorID, state)) }
            parts.append(
                TaskSnapshot.Part(
                    operatorID: part.operatorID,
                    states: state?.schemas ?? [],
                    subtask: SubtaskSnapshot(
                        index: part.subtask,
                        keyGroups: state?.keyGroups ?? KeyGroupRange(0, 0),
                        image: state?.image,
                        segments: state?.segments ?? [],
                        blobs: part.blobs
                    )
                )
            )
        }
        let snapshot = TaskSnapshot(
            parts: parts,
            inFlight: inFlight,
            alignmentNanoseconds: cut.alignmentNanoseconds,
            asynchronousNanoseconds: world.clock.monotonicNanoseconds() - cut.cutAt,
            isUnaligned: cut.isUnaligned
        )
        return WrittenSnapshot(snapshot: snapshot, keyed: keyed)
    }
}

/// What a task has stored: for the coordinator, and for the backends that count on it.
struct WrittenSnapshot: Sendable {
    let snapshot: TaskSnapshot
    let keyed: [(operatorID: OperatorID, snapshot: KeyedStateSnapshot)]
}

/// Carries a result from an I/O thread to the completion on the executor thread.
final class SnapshotResult: Sendable {
    private let stored = Mutex<WrittenSnapshot?>(nil)

    var value: WrittenSnapshot? { stored.withLock { $0 } }

    func set(_ snapshot: WrittenSnapshot) { stored.withLock { $0 = snapshot } }
}

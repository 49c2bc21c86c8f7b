import Synchronization
import WeirCore
import WeirSnapshot

/// Copies and removes savepoints, one after the other.
///
/// Savepoints of one directory share files: while one is copied, another must not be removed.
final class SavepointFiles: Sendable {
    private let turn = Mutex(())

    func copy(
        _ checkpoint: CheckpointID,
        of store: CheckpointStore,
        to target: any FileStore
    ) throws(WeirError) {
        try turn.withLock { _ throws(WeirError) in try store.copy(checkpoint, to: target) }
    }

    func dispose(_ checkpoint: CheckpointID, of store: CheckpointStore) throws(WeirError) {
        try turn.withLock { _ throws(WeirError) in try store.dispose(checkpoint) }
    }
}

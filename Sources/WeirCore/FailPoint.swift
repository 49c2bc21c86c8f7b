#if Sabotage
import Synchronization

/// A named place of the job manager at which a campaign ends its process, in each of the job's states.
///
/// Exists only in builds with the package trait `Sabotage`.
public enum FailPoint: String, CaseIterable, Sendable {
    /// A job's directory is prepared, and it is not written down.
    case startingPrepared = "starting-prepared"
    /// A job is written down, and nobody was told.
    case startingRecorded = "starting-recorded"
    /// The first attempt has its number.
    case startingNumbered = "starting-numbered"
    /// It is decided what the first attempt starts from.
    case startingChosen = "starting-chosen"
    /// Tasks of the first attempt are about to be started.
    case startingDeployed = "starting-deployed"
    /// An attempt has failed, and its tasks are being ended.
    case restartingCancelling = "restarting-cancelling"
    /// A further attempt has its number.
    case restartingNumbered = "restarting-numbered"
    /// It is decided what a further attempt starts from.
    case restartingChosen = "restarting-chosen"
    /// Tasks of a further attempt are about to be started.
    case restartingDeployed = "restarting-deployed"
    /// Tasks are about to be told to draw the line of a checkpoint.
    case checkpointingTriggered = "checkpointing-triggered"
    /// All tasks have answered, and the manifest is not stored.
    case checkpointingAnswered = "checkpointing-answered"
    /// The manifest is stored, and nobody was told.
    case checkpointingPublished = "checkpointing-published"
    /// Tasks are about to be told that a checkpoint is complete.
    case checkpointingCompleted = "checkpointing-completed"
    /// A job is to be rescaled.
    case rescalingAsked = "rescaling-asked"
    /// The checkpoint is complete from which it is to go on.
    case rescalingReady = "rescaling-ready"
    /// The new parallelism is not written down.
    case rescalingDecided = "rescaling-decided"
    /// The new parallelism is written down.
    case rescalingRecorded = "rescaling-recorded"
    /// The wish to cancel a job is not written down.
    case cancellingAsked = "cancelling-asked"
    /// The wish is written down.
    case cancellingRecorded = "cancelling-recorded"
    /// Tasks are about to be ended.
    case cancellingTold = "cancelling-told"
    /// All tasks have ended, and the job's end is not written down.
    case cancellingEnded = "cancelling-ended"
    /// The job's end is written down.
    case cancellingEndRecorded = "cancelling-end-recorded"
    /// A clean-up begins.
    case cleaningBegan = "cleaning-began"
    /// The markers of old checkpoints are gone.
    case cleaningMarkers = "cleaning-markers"
    /// Their manifests are gone.
    case cleaningManifests = "cleaning-manifests"
    /// Their files are gone.
    case cleaningFiles = "cleaning-files"
    /// The copy aside is renewed.
    case cleaningCopied = "cleaning-copied"
    /// The job has ended, and its scratch files are to be removed.
    case cleaningScratch = "cleaning-scratch"

    private static let handler = Mutex<(@Sendable (FailPoint) -> Void)?>(nil)

    /// Has a function called at each place.
    public static func onReach(_ body: @escaping @Sendable (FailPoint) -> Void) {
        handler.withLock { $0 = body }
    }

    /// The process is here.
    public func reach() {
        let body = FailPoint.handler.withLock { $0 }
        body?(self)
    }
}

extension FailPoint {
    /// Ends the process at the place, and at the hit, that a file names, as `kill -9` does.
    ///
    /// The file holds the name and how many hits are to come, such as `starting-chosen 1`; it is removed
    /// first, so that the next process lives. Without the variable, nothing happens.
    public static func arm(_ world: any World) {
        guard let path = world.processes.environment("FAIL_POINT_FILE") else { return }
        let turn = Mutex(())
        onReach { point in
            turn.withLock { _ in
                guard let bytes = try? world.files.readAll(path, limit: 200) else { return }
                let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
                guard words.first.map(String.init) == point.rawValue else { return }
                let left = words.last.flatMap { Int($0) } ?? 1
                guard left > 1 else {
                    _ = try? world.files.remove(path)
                    world.processes.tell("fail point \(point.rawValue)\n")
                    world.processes.killSelf()
                }
                try? world.files.replaceAll(path, with: Array("\(point.rawValue) \(left - 1)".utf8))
            }
        }
    }
}
#endif

#if Sabotage
import Synchronization

/// A fault put into the engine on purpose, to prove that the campaigns can find faults.
///
/// Exists only in builds with the package trait `Sabotage`; `WEIR_SABOTAGE`, or a campaign, chooses one
/// at run time.
public enum Sabotage: String, CaseIterable, Sendable {
    /// Tasks draw a checkpoint's line at the first barrier instead of the last.
    case noAlignment = "no-alignment"
    /// Sinks give files their names when a barrier comes, not when its checkpoint is complete.
    case commitBeforeCompletion = "commit-before-completion"
    /// File readers begin their splits anew after a restore.
    case offsetsNotRestored = "offsets-not-restored"
    /// Answers of any attempt and checkpoint count for the one in progress.
    case fencingOff = "fencing-off"
    /// Tasks answer before their files are in the store.
    case acknowledgeBeforeUpload = "acknowledge-before-upload"
    /// Restored timers of some key groups are not seen.
    case lostTimer = "lost-timer"
    /// What was given up is deleted up to the newest, also of the attempt that came after.
    case staleCleanUp = "stale-clean-up"
    /// The image is taken to hold segments that were not folded, those of checkpoints that may fail.
    case foldedAhead = "folded-ahead"
    /// A worker that stays goes on from the checkpoint that its first attempt was given.
    case staleRestore = "stale-restore"
    /// Retention deletes savepoints as other checkpoints.
    case savepointNotKept = "savepoint-not-kept"
    /// A job manager whose lease is over goes on as if it led.
    case leaderFenceOff = "leader-fence-off"

    private static let chosen = Mutex<Sabotage?>(nil)

    /// Chooses a fault by its name; false if there is none of that name.
    public static func choose(_ name: String) -> Bool {
        guard let fault = Sabotage(rawValue: name) else { return false }
        chosen.withLock { $0 = fault }
        return true
    }

    /// Whether this fault is the chosen one.
    public var isActive: Bool { Sabotage.chosen.withLock { $0 == self } }
}
#endif

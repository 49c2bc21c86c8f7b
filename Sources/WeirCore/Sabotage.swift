#if Sabotage
import Synchronization

/// A fault put into the engine on purpose, to prove that the kill campaign can find faults.
///
/// Exists only in builds with the package trait `Sabotage`; `WEIR_SABOTAGE` chooses one at run
/// time.
public enum Sabotage: String, CaseIterable, Sendable {
    /// Tasks draw a checkpoint's line at the first barrier instead of the last.
    case noAlignment = "no-alignment"
    /// Sinks give files their names when a barrier comes, not when its checkpoint is complete.
    case commitBeforeCompletion = "commit-before-completion"
    /// File readers begin their splits anew after a restore.
    case offsetsNotRestored = "offsets-not-restored"

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

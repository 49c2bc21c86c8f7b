import WeirControl
import WeirCore

/// Says that a job which was to be stopped ended without a last checkpoint, and what that means.
struct StopFailure {
    /// How often it was tried.
    let failures: Int
    /// Why the last try failed.
    let cause: WeirError
    /// What the next run goes on from.
    let lastCompleted: CheckpointID
    /// Whether the job's directory is removed at the end.
    let isTemporary: Bool

    var error: WeirError {
        WeirError(
            .stopFailed,
            "The job was stopped without a last checkpoint: \(failures) tries in a row failed.",
            position: cause.position,
            reason: cause.reason.isEmpty ? cause.message : "\(cause.message) \(cause.reason)",
            fix: cause.fix.isEmpty ? consequence : "\(cause.fix) \(consequence)"
        )
    }

    private var consequence: String {
        if isTemporary {
            return "Without --data nothing was kept: the next run starts from the beginning."
        }
        if lastCompleted == .none {
            return "Then run it again: no checkpoint was completed, it starts from nothing."
        }
        return "Then run it again: it goes on from checkpoint \(lastCompleted), the last completed "
            + "one. Nothing is lost; what came after it is done once more."
    }
}

extension JobMaster {
    /// The job was to be stopped, and its last checkpoint failed too often.
    func stopFailed(_ failures: Int, _ error: WeirError) {
        let failure = StopFailure(
            failures: failures,
            cause: error,
            lastCompleted: status.lastCheckpoint,
            isTemporary: !start.directory.isLasting
        )
        end(.failed(failure.error))
    }
}

import WeirCore
import WeirREST

extension RunRequest {
    /// Refuses what Flink's API lets a client ask for and Weir does not do.
    ///
    /// - Throws: `requestInvalid` with the field.
    package func checkIsSupported() throws(WeirError) {
        if let entry, !entry.isEmpty {
            throw WeirError(
                .requestInvalid,
                "There is no entry class \"\(entry)\".",
                reason: "An executable has one program; it has no classes to choose from.",
                fix: "Leave entryClass out; what the program should do is told by programArgsList."
            )
        }
        if claimMode == .claim {
            throw WeirError(
                .requestInvalid,
                "The snapshot cannot become the job's own: claimMode CLAIM.",
                reason:
                    "A job never needs the snapshot that it started from after its first checkpoint, and "
                    + "removes none that it did not make.",
                fix:
                    "Use NO_CLAIM; remove the snapshot with POST savepoint-disposal when nobody needs it."
            )
        }
    }
}

extension CheckpointRequest {
    /// Refuses what Flink's API lets a client ask for and Weir does not do.
    ///
    /// - Throws: `requestInvalid` with the field.
    package func checkIsSupported() throws(WeirError) {
        guard kind == .full else { return }
        throw WeirError(
            .requestInvalid,
            "A checkpoint cannot be taken with checkpointType FULL.",
            reason:
                "Every checkpoint writes what changed, and shares the rest with those before it.",
            fix:
                "Use CONFIGURED or INCREMENTAL; for files that depend on no others, take a savepoint "
                + "with a target-directory."
        )
    }
}

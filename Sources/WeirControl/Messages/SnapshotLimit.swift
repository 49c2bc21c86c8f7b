import WeirCore

/// How large the part of a task and the manifest of a job may be where they travel in messages.
public enum SnapshotLimit {
    /// Bytes of a manifest; what else is in a deployment has room beside it.
    public static let manifestBytes = ControlProtocol.mostPayloadBytes - 4 << 20

    /// The error of a checkpoint that is larger.
    public static var error: WeirError {
        WeirError(
            .checkpointFailed,
            "What the checkpoint keeps in its manifest is too large.",
            reason:
                "A task's part and the manifest, with the state that is not keyed in them, travel "
                + "in messages of at most \(ControlProtocol.mostPayloadBytes >> 20) MiB.",
            fix: "Keep large state keyed: it is stored in files of its own."
        )
    }
}

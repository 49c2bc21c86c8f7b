import WeirCore

/// How the files of checkpoints are called in a `FileStore`.
///
/// ```
/// chk-7/manifest                          the checkpoint is complete when this exists
/// chk-7/completed                         tells that the manifest existed, should it get lost
/// chk-7/withdrawn                         the job went back before it: never to be restored
/// chk-7/<operator>-<subtask>-a<attempt>-<kind>
/// shared/chk-7-<operator>-<subtask>-a<attempt>-<local name>
///                                         image files, used by later checkpoints too
/// pins/chk-7                              retention keeps the checkpoint
/// ```
/// Checkpoint ids are never reused and the attempt is in each task's names, so no two writers can
/// meet in one name.
public enum CheckpointNames {
    /// The directory of a checkpoint, `chk-7`.
    public static func directory(_ checkpoint: CheckpointID) -> String { "chk-\(checkpoint)" }

    /// The manifest of a checkpoint.
    public static func manifest(_ checkpoint: CheckpointID) -> String {
        directory(checkpoint) + "/manifest"
    }

    /// A file that belongs to one task and one checkpoint; `kind` is a word such as `segment`.
    public static func task(
        _ checkpoint: CheckpointID,
        _ attempt: Attempt,
        _ operatorID: OperatorID,
        subtask: Int,
        kind: String
    ) -> String {
        "\(directory(checkpoint))/\(operatorID)-\(subtask)-a\(attempt)-\(kind)"
    }

    /// A file of a task's image that is first used by this checkpoint.
    public static func shared(
        _ checkpoint: CheckpointID,
        _ attempt: Attempt,
        _ operatorID: OperatorID,
        subtask: Int,
        localName: String
    ) -> String {
        "shared/\(directory(checkpoint))-\(operatorID)-\(subtask)-a\(attempt)-\(localName)"
    }

    /// The checkpoint that a file was first written for, or nil if it is not a checkpoint's file.
    public static func checkpoint(of name: String) -> CheckpointID? {
        var rest = Substring(name)
        if rest.hasPrefix("shared/") { rest = rest.dropFirst("shared/".count) }
        if rest.hasPrefix("pins/") { rest = rest.dropFirst("pins/".count) }
        guard rest.hasPrefix("chk-") else { return nil }
        let digits = rest.dropFirst("chk-".count).prefix { $0.isASCII && $0.isNumber }
        // Only the canonical spelling: `chk-07` is nobody's.
        guard let number = UInt64(digits), String(number) == digits else { return nil }
        // Nor can a name take all numbers from those that follow.
        return CheckpointID(number) <= .highest ? CheckpointID(number) : nil
    }

    static func completion(_ checkpoint: CheckpointID) -> String {
        directory(checkpoint) + "/completed"
    }

    static func withdrawal(_ checkpoint: CheckpointID) -> String {
        directory(checkpoint) + "/withdrawn"
    }

    static func pin(_ checkpoint: CheckpointID) -> String { "pins/" + directory(checkpoint) }
}

import WeirCore

extension CheckpointAction {
    /// What the tasks of an attempt that is taken over must know: which checkpoint is complete, and that
    /// those after it, up to the last one that somebody has seen, are given up.
    static func settling(
        _ attempt: Attempt,
        completed: CheckpointID,
        last: CheckpointID
    ) -> [CheckpointAction] {
        var actions: [CheckpointAction] = []
        if completed > .none { actions.append(.notifyComplete(completed, attempt)) }
        guard completed < last else { return actions }
        let error = WeirError(
            .checkpointFailed,
            "The job manager that took it is no more.",
            fix: "The next checkpoint contains what it would have."
        )
        for number in completed.next.number...last.number {
            actions.append(.notifyAborted(CheckpointID(number), attempt, error))
        }
        return actions + [.discard(completed.next...last)]
    }
}

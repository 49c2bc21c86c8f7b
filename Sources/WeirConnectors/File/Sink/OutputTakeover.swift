import WeirCore

/// Removes what an output directory has of earlier jobs, once a job's first checkpoint is complete.
///
/// Until then the results of the earlier job stay, so that a start that fails costs nothing. May be
/// done again.
struct OutputTakeover: Sendable {
    let directory: String
    let files: any FileSystem
    /// What `.owner` will say.
    let owner: String
    /// Parallelism of those whose claims are pending.
    let parallelism: Int
    /// The subtasks whose claims are pending: they look after files of subtasks whose number, divided
    /// by the parallelism, leaves theirs.
    let pending: Set<Int>
    /// The subtask that does it now.
    let subtask: Subtask
    /// Files that stay: those of the checkpoint.
    let kept: Set<String>
    /// Hidden files of this attempt of this job stay, too: they are being written.
    let job: JobID
    let attempt: Attempt

    /// Removes the sign of success first: from then on the directory is not whole.
    func removeOthers() throws(WeirError) {
        try files.remove(directory + "/" + PartName.success)
        for name in try files.list(directory) where !kept.contains(name) {
            if let part = PartName.parse(committed: name) {
                if isMine(part.subtask) { try files.remove(directory + "/" + name) }
            } else if let part = PartName.parse(hidden: name) {
                let isBeingWritten = part.job == job.description && part.attempt == attempt
                if isMine(part.subtask), !isBeingWritten {
                    try files.remove(directory + "/" + name)
                }
            }
        }
    }

    /// Says whose results these are from now on; one subtask does.
    func sign() throws(WeirError) {
        guard subtask.index == 0, pending.contains(0) else { return }
        try files.replaceAll(directory + "/" + PartName.owner, with: Array("\(owner)\n".utf8))
    }

    private func isMine(_ owner: Int) -> Bool {
        owner % subtask.parallelism == subtask.index && pending.contains(owner % parallelism)
    }
}

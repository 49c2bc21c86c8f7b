import WeirCore

/// Removes what an output directory has of other jobs, once a job's first checkpoint is complete.
///
/// Until then their results stay, so that a start that fails costs nothing. May be done again.
struct OutputTakeover: Sendable {
    let directory: String
    let files: any FileSystem
    let claim: OutputClaim
    /// Files that stay: those of the checkpoint.
    let kept: Set<String>
    /// Hidden files of this attempt of this job stay, too: they are being written.
    let job: JobID
    let attempt: Attempt

    /// Removes all that is not this job's or of the snapshot that it goes on from.
    func removeOthers() throws(WeirError) {
        for name in try files.list(directory) where !kept.contains(name) && isOthers(name) {
            try files.remove(directory + "/" + name)
        }
    }

    private func isOthers(_ name: String) -> Bool {
        if let part = PartName.parse(committed: name) {
            return isMine(part.subtask) && part.epoch > claim.after(of: part.subtask)
        }
        if let part = PartName.parse(hidden: name) {
            let isBeingWritten = part.job == job.description && part.attempt == attempt
            return isMine(part.subtask) && !isBeingWritten
        }
        if let mark = PartName.parse(mark: name) { return isMine(mark.subtask) }
        if let subtask = PartName.parse(finished: name) { return isMine(subtask) }
        return false
    }

    /// Says whose results these are from now on; one subtask does.
    func sign() throws(WeirError) {
        guard claim.subtask.index == 0 else { return }
        let text = Array("\(claim.owner)\n".utf8)
        try files.replaceAll(directory + "/" + PartName.owner, with: text)
    }

    private func isMine(_ owner: Int) -> Bool {
        owner % claim.subtask.parallelism == claim.subtask.index
    }
}

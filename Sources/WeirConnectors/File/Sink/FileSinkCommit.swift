import WeirCore

/// Gives a checkpoint's files their names, on an I/O thread; may be done again.
struct FileSinkCommit: Sendable {
    let directory: String
    let files: any FileSystem
    let parts: [PendingPart]
    let subtask: Subtask
    let job: JobID
    /// Whether it is the job's last: then the subtask leaves its sign, and the one that finds all
    /// signs says that the results are complete.
    let isFinal: Bool
    /// What the first commit does away with; nil for later ones.
    let takeover: OutputTakeover?

    func run() throws(WeirError) {
        try takeover?.removeOthers()
        for part in parts { try part.commit(in: directory, files) }
        if !parts.isEmpty || takeover != nil { try files.synchronizeDirectory(directory) }
        try takeover?.sign()
        if isFinal { try finish() }
    }

    private func finish() throws(WeirError) {
        try touch(PartName.finished(subtask: subtask.index, parallelism: subtask.parallelism))
        let names = Set(try files.list(directory))
        let isComplete = (0..<subtask.parallelism).allSatisfy {
            names.contains(
                PartName.finished(subtask: $0, parallelism: subtask.parallelism)
            )
        }
        guard isComplete else { return }
        // The signs stay: removing them would race with the others that look for them.
        try touch(PartName.success)
        try OutputLock.remove(directory, job: job, files: files)
    }

    private func touch(_ name: String) throws(WeirError) {
        let file = try files.open(directory + "/" + name, .truncate)
        file.close()
        try files.synchronizeDirectory(directory)
    }
}

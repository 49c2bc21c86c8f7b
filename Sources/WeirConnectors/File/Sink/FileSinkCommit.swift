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
    /// Up to which epoch files of which subtask got their names before.
    let marks: [Int: UInt64]
    /// What the first commit does away with; nil for later ones.
    let takeover: OutputTakeover?

    func run() throws(WeirError) {
        if !parts.isEmpty || takeover != nil {
            // From here on the directory is not whole, also after a power cut.
            if try files.remove(directory + "/" + PartName.success) {
                try files.synchronizeDirectory(directory)
            }
            try takeover?.removeOthers()
            for part in parts { try part.commit(in: directory, files) }
            try mark()
            try files.synchronizeDirectory(directory)
            try takeover?.sign()
        }
        if isFinal { try finish() }
    }

    /// The marks after the commit.
    var newMarks: [Int: UInt64] { marks.merging(PendingPart.epochs(of: parts)) { max($0, $1) } }

    private func mark() throws(WeirError) {
        for (subtask, epoch) in PendingPart.epochs(of: parts).sorted(by: { $0.key < $1.key }) {
            let former = marks[subtask]
            if former == epoch { continue }
            try touch(PartName.mark(subtask: subtask, epoch: epoch))
            guard let former else { continue }
            try files.remove(directory + "/" + PartName.mark(subtask: subtask, epoch: former))
        }
    }

    private func finish() throws(WeirError) {
        try touch(PartName.finished(subtask, job: job))
        try files.synchronizeDirectory(directory)
        let names = Set(try files.list(directory))
        let isComplete = (0..<subtask.parallelism).allSatisfy {
            let other = Subtask(index: $0, parallelism: subtask.parallelism)
            return names.contains(PartName.finished(other, job: job))
        }
        guard isComplete else { return }
        // The signs stay: removing them would race with the others that look for them.
        try touch(PartName.success)
        try OutputLock.remove(directory, job: job, files: files)
        try files.synchronizeDirectory(directory)
    }

    private func touch(_ name: String) throws(WeirError) {
        let file = try files.open(directory + "/" + name, .truncate)
        file.close()
    }
}

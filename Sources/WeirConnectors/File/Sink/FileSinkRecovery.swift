import WeirCore

/// Brings a sink's directory to what a restored checkpoint says, or prepares a fresh one.
///
/// Each subtask looks after the files of the subtasks whose number, divided by the parallelism,
/// leaves its own: so each file has one caretaker, also after a change of parallelism.
struct FileSinkRecovery {
    let options: FileSinkOptions
    let files: any FileSystem
    let subtask: Subtask
    let restored: CheckpointID

    /// Commits what the snapshot promised, and withdraws what came after it.
    ///
    /// - Throws: `fileExists` at a fresh start over results of another run; `outputMissing` if a
    ///   promised file is gone.
    func run(_ promised: [PendingPart]) throws(WeirError) {
        try makeDirectory()
        for part in promised where isMine(PartName.parse(committed: part.name)?.subtask) {
            try part.commit(in: options.directory, files)
        }
        let promisedNames = Set(promised.map(\.hiddenName))
        for name in try files.list(options.directory) {
            if let part = PartName.parse(committed: name) {
                guard part.epoch > restored.number, isMine(part.subtask) else { continue }
                try refuseIfFresh(name)
                try remove(name)
            } else if let owner = PartName.parse(hidden: name) {
                if isMine(owner), !promisedNames.contains(name) { try remove(name) }
            } else if let owner = PartName.parse(finished: name) {
                if isMine(owner) { try remove(name) }
            } else if name == PartName.success {
                try remove(name)
            }
        }
        try files.synchronizeDirectory(options.directory)
    }

    /// Makes the directory and sees that its name, and the names of those above it, last.
    private func makeDirectory() throws(WeirError) {
        guard try files.status(options.directory) == nil else { return }
        try files.makeDirectory(options.directory)
        var path = options.directory
        while path != "/" && path != "." {
            path = files.directory(of: path)
            try files.synchronizeDirectory(path)
        }
    }

    private func isMine(_ owner: Int?) -> Bool {
        guard let owner else { return false }
        return owner % subtask.parallelism == subtask.index
    }

    private func refuseIfFresh(_ name: String) throws(WeirError) {
        guard restored == .none, !options.replacesExisting else { return }
        throw WeirError(
            .fileExists,
            "The output directory \(options.directory) has results of another run, such as "
                + "\(name).",
            fix: "Choose an empty directory, or remove the results."
        )
    }

    private func remove(_ name: String) throws(WeirError) {
        try files.remove(options.directory + "/" + name)
    }
}

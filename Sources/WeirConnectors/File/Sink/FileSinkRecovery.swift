import WeirCore

/// Brings a sink's directory to what a restored checkpoint says, or looks at it before a fresh start.
///
/// Each subtask looks after the files of the subtasks whose number, divided by the parallelism,
/// leaves its own: so each file has one caretaker, also after a change of parallelism.
struct FileSinkRecovery {
    let options: FileSinkOptions
    let files: any FileSystem
    let subtask: Subtask
    let job: JobID
    let attempt: Attempt
    let restored: CheckpointID

    /// Makes the directory and sees that its name, and the names of those above it, last.
    func makeDirectory() throws(WeirError) {
        guard try files.status(options.directory) == nil else { return }
        try files.makeDirectory(options.directory)
        var path = options.directory
        while path != "/" && path != "." {
            path = files.directory(of: path)
            try files.synchronizeDirectory(path)
        }
    }

    /// Without state in a checkpoint: nothing of others is touched before the first commit.
    ///
    /// - Throws: `fileExists` over results of another run that are not to be replaced.
    func prepare() throws(WeirError) {
        for name in try files.list(options.directory) {
            if let part = PartName.parse(committed: name), isMine(part.subtask) {
                try refuseOthers(name)
            } else if let part = PartName.parse(hidden: name), isMine(part.subtask) {
                // Of an attempt before the first checkpoint.
                if part.job == job.description, part.attempt < attempt { try remove(name) }
            } else if let owner = PartName.parse(finished: name), isMine(owner) {
                try remove(name)
            }
        }
        try files.synchronizeDirectory(options.directory)
    }

    /// Commits what the snapshot promised, and withdraws what came after it.
    ///
    /// - Throws: `outputMissing` if a promised file is gone, or the directory has not this job's
    ///   results.
    func recover(_ promised: [PendingPart], _ claims: [OutputClaim]) throws(WeirError) {
        guard let claim = claims.first else { return }
        let kept = Set(promised.flatMap { [$0.hiddenName, $0.name] })
        let takeover = OutputTakeover(
            directory: options.directory,
            files: files,
            owner: claim.owner,
            parallelism: claim.subtask.parallelism,
            pending: Set(claims.lazy.filter(\.isPending).map(\.subtask.index)),
            subtask: subtask,
            kept: kept,
            job: job,
            attempt: attempt
        )
        if !takeover.pending.contains(0) { try checkOwner(claim.owner) }
        for part in promised where isMine(PartName.parse(committed: part.name)?.subtask) {
            try part.commit(in: options.directory, files)
        }
        for name in try files.list(options.directory) where !kept.contains(name) {
            if let part = PartName.parse(committed: name) {
                if part.epoch > restored.number, isMine(part.subtask) { try remove(name) }
            } else if let part = PartName.parse(hidden: name) {
                if isMine(part.subtask) { try remove(name) }
            } else if let owner = PartName.parse(finished: name) {
                if isMine(owner) { try remove(name) }
            } else if name == PartName.success {
                try remove(name)
            }
        }
        if !takeover.pending.isEmpty {
            try takeover.removeOthers()
            try takeover.sign()
        }
        try files.synchronizeDirectory(options.directory)
    }

    private func isMine(_ owner: Int?) -> Bool {
        guard let owner else { return false }
        return owner % subtask.parallelism == subtask.index
    }

    private func refuseOthers(_ name: String) throws(WeirError) {
        guard restored != .none || !options.replacesExisting else { return }
        throw WeirError(
            .fileExists,
            "The output directory \(options.directory) has results of another run, such as "
                + "\(name).",
            reason: restored == .none
                ? "this run starts without a checkpoint"
                : "checkpoint \(restored) knows nothing of this sink",
            fix: "Choose an empty directory, or remove the results."
        )
    }

    private func checkOwner(_ owner: String) throws(WeirError) {
        let path = options.directory + "/" + PartName.owner
        var found: String?
        if try files.status(path) != nil {
            found = String(decoding: try files.readAll(path, limit: 1 << 10), as: UTF8.self)
        }
        guard found != owner + "\n" else { return }
        throw WeirError(
            .outputMissing,
            "The output directory \(options.directory) does not hold the results that checkpoint "
                + "\(restored) goes on from.",
            reason: found == nil
                ? "\(path) is missing: the results were removed, or were written elsewhere"
                : "\(path) names another job: the results were replaced, or were written elsewhere",
            fix: "Give the directory that the job wrote to before, or start over with --fresh."
        )
    }

    private func remove(_ name: String) throws(WeirError) {
        try files.remove(options.directory + "/" + name)
    }
}

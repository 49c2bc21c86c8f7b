import WeirCore

/// Brings a sink's directory to what a restored checkpoint says, or looks at it before a start that has
/// no claim on it yet.
///
/// Each subtask looks after the files of the subtasks whose number, divided by the parallelism,
/// leaves its own: so each file has one caretaker, also after a change of parallelism.
struct FileSinkRecovery {
    let options: FileSinkOptions
    let files: any FileSystem
    let subtask: Subtask
    let job: JobID
    let restored: CheckpointID

    /// What a sink begins with.
    struct Start {
        let claim: OutputClaim
        /// Files of the snapshot that the first commit is to give their names.
        var promised: [PendingPart] = []
        /// Up to which epoch files of which subtask got their names.
        var marks: [Int: UInt64] = [:]
    }

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

    /// Commits what the snapshot promised and withdraws what came after it, if the directory is this
    /// job's; else nothing is touched before the first commit.
    ///
    /// - Throws: `outputMissing` if a promised file is gone, or the results that the snapshot goes on
    ///   from are not there; `fileExists` over results of another run that are not to be replaced.
    func run(_ promised: [PendingPart], _ claims: [OutputClaim]) throws(WeirError) -> Start {
        let names = try files.list(options.directory)
        let found = try readOwner() ?? ""
        guard let claim = claims.first else { return try prepare(names, found) }
        let pending = claims.filter(\.isPending)
        let isOwn = claim.owner == job.description
        let isExpected =
            found == job.description || found == claim.owner
            || (!pending.isEmpty && found == claim.former)
        if isExpected, isOwn || found == job.description {
            return try recover(promised, names, isOwn ? pending : [])
        }
        // A snapshot of another job, whose results may also stay where they are.
        let isEmpty =
            found.isEmpty && !names.contains { PartName.parse(committed: $0) != nil }
            && !promised.contains { names.contains($0.hiddenName) }
        guard !isOwn, isExpected || isEmpty else { throw otherOwner(found) }
        return try inherit(isEmpty ? [] : promised, names, found, claims)
    }

    // MARK: The three ways

    /// Without state in a checkpoint.
    ///
    /// Hidden files stay, too: a checkpoint that `--fresh` set aside may promise them.
    private func prepare(_ names: [String], _ found: String) throws(WeirError) -> Start {
        for name in names {
            if let part = PartName.parse(committed: name), isMine(part.subtask) {
                try refuseOthers(name)
            } else if let owner = PartName.parse(finished: name), isMine(owner) {
                // Of an earlier run of this job, which another one is not to take for its own.
                if name.hasSuffix("-\(job)") { try remove(name) }
            }
        }
        return Start(claim: newClaim(former: found, [.init(subtasks: [], after: 0)]))
    }

    /// From a snapshot of another job: its later results go with the first commit.
    private func inherit(
        _ promised: [PendingPart],
        _ names: [String],
        _ found: String,
        _ claims: [OutputClaim]
    ) throws(WeirError) -> Start {
        let marks = marks(names)
        let present = Set(names)
        let mine = promised.filter { isMine($0.subtask) }
        // What was committed before and taken away by readers is not missed.
        let rest = mine.filter { part in
            present.contains(part.hiddenName) || present.contains(part.name)
                || part.epoch > marks[part.subtask] ?? 0
        }
        for part in rest where !present.contains(part.hiddenName) {
            try part.commit(in: options.directory, files)
        }
        return Start(
            claim: newClaim(
                former: found,
                OutputClaim.bounds(inheriting: claims, restored: restored)
            ),
            promised: rest
        )
    }

    /// From a snapshot of this job.
    private func recover(
        _ promised: [PendingPart],
        _ names: [String],
        _ pending: [OutputClaim]
    ) throws(WeirError) -> Start {
        var marks = marks(names)
        let kept = Set(promised.flatMap { [$0.hiddenName, $0.name] })
        var isChanged = !pending.isEmpty
        for part in promised where isMine(part.subtask) {
            let wasCommitted = part.epoch <= marks[part.subtask] ?? 0
            try part.commit(in: options.directory, files, wasCommitted: wasCommitted)
            marks[part.subtask] = max(marks[part.subtask] ?? 0, part.epoch)
            isChanged = isChanged || !wasCommitted
        }
        for name in names where !kept.contains(name) && isWithdrawn(name, pending) {
            try remove(name)
            isChanged = true
        }
        if isChanged { try remove(PartName.success) }
        for name in names {
            let isHidden = PartName.parse(hidden: name).map { isMine($0.subtask) } ?? false
            let isSign = PartName.parse(finished: name).map(isMine) ?? false
            if isSign || (isHidden && !kept.contains(name)) { try remove(name) }
        }
        for subtask in marks.keys { marks[subtask] = min(marks[subtask] ?? 0, restored.number) }
        try write(marks, names)
        try files.synchronizeDirectory(options.directory)
        let claim = OutputClaim(
            owner: job.description,
            former: job.description,
            after: 0,
            subtask: subtask,
            isPending: false
        )
        if !pending.isEmpty, subtask.index == 0 {
            let text = Array("\(claim.owner)\n".utf8)
            try files.replaceAll(options.directory + "/" + PartName.owner, with: text)
        }
        return Start(claim: claim, marks: marks)
    }

    /// Whether a committed file came after the checkpoint, or before this job's first commit.
    private func isWithdrawn(_ name: String, _ pending: [OutputClaim]) -> Bool {
        guard let part = PartName.parse(committed: name), isMine(part.subtask) else { return false }
        return part.epoch > restored.number
            || pending.contains { claim in
                part.subtask % claim.subtask.parallelism == claim.subtask.index
                    && part.epoch > claim.after(of: part.subtask)
            }
    }

    private func newClaim(former: String, _ bounds: [OutputClaim.Bound]) -> OutputClaim {
        OutputClaim(
            owner: job.description,
            former: former,
            bounds: bounds,
            subtask: subtask,
            isPending: true
        )
    }

    // MARK: Marks and owners

    /// The newest mark of each subtask that this one looks after.
    private func marks(_ names: [String]) -> [Int: UInt64] {
        var marks: [Int: UInt64] = [:]
        for name in names {
            guard let mark = PartName.parse(mark: name), isMine(mark.subtask) else { continue }
            marks[mark.subtask] = max(marks[mark.subtask] ?? 0, mark.epoch)
        }
        return marks
    }

    private func write(_ marks: [Int: UInt64], _ names: [String]) throws(WeirError) {
        for (subtask, epoch) in marks.sorted(by: { $0.key < $1.key }) {
            let name = PartName.mark(subtask: subtask, epoch: epoch)
            if names.contains(name) { continue }
            let file = try files.open(options.directory + "/" + name, .truncate)
            file.close()
        }
        for name in names {
            guard let mark = PartName.parse(mark: name), isMine(mark.subtask) else { continue }
            if marks[mark.subtask] != mark.epoch { try remove(name) }
        }
    }

    private func readOwner() throws(WeirError) -> String? {
        let path = options.directory + "/" + PartName.owner
        guard try files.status(path) != nil else { return nil }
        let text = String(decoding: try files.readAll(path, limit: 1 << 10), as: UTF8.self)
        return text.filter { !$0.isWhitespace }
    }

    private func isMine(_ owner: Int) -> Bool { owner % subtask.parallelism == subtask.index }

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

    private func otherOwner(_ found: String) -> WeirError {
        let path = options.directory + "/" + PartName.owner
        return WeirError(
            .outputMissing,
            "The output directory \(options.directory) does not hold the results that checkpoint "
                + "\(restored) goes on from.",
            reason: found.isEmpty
                ? "\(path) is missing: the results were removed, or were written elsewhere"
                : "\(path) names another job: the results were replaced, or were written elsewhere",
            fix: "Give the directory that the job wrote to before; or start over, with --fresh and "
                + "without --from."
        )
    }

    private func remove(_ name: String) throws(WeirError) {
        try files.remove(options.directory + "/" + name)
    }
}

import WeirCore
import WeirData
import WeirOperators

/// Writes rows into files, each row exactly once whatever fails.
///
/// Files are hidden while they are written. A barrier closes the open one; its name and those of the
/// others since the last barrier go into the snapshot. When the checkpoint is durable they get their
/// final names. After a restore the files named in the snapshot are given their names (again), and
/// all later ones are removed. From then on a file belongs to its readers: they may move it away or
/// delete it, and the job does not miss it.
///
/// A directory belongs to one live job at a time, and to the job whose checkpoints it goes on from.
public final class FileSink: Operator {
    private static let partsState = "pending-parts"
    private static let claimState = "claim"
    private static let flushBytes = 256 << 10

    private let options: FileSinkOptions
    private let encoder: RecordEncoder
    private var writer = ByteWriter(capacity: 512 << 10)
    private var file: (any OpenFile)?
    private var fileName = ""
    private var fileBytes = 0
    private var fileRows = 0
    private var counter = 0
    private var claim: OutputClaim?
    /// Up to which epoch files of which subtask got their names.
    private var marks: [Int: UInt64] = [:]
    /// Closed files of the epoch that no barrier has ended yet.
    private var closed: [(hiddenName: String, size: Int)] = []
    private var pending: [PendingPart] = []
    private var unsynced: [String: UnsyncedFile] = [:]
    private var isCommitting = false
    /// A checkpoint that was completed during a commit.
    private var nextCommit: CheckpointID?
    private var finalCheckpoint: CheckpointID?

    /// A sink of rows of `schema`.
    public init(_ options: FileSinkOptions, schema: Schema) {
        self.options = options
        encoder = options.format.makeEncoder(schema)
    }

    /// The sink as a program names it.
    public static func description(
        _ options: FileSinkOptions,
        schema: Schema,
        parallelism: Int? = nil,
        name: String = "file-sink"
    ) -> SinkDescription {
        SinkDescription(name: name, parallelism: parallelism) { FileSink(options, schema: schema) }
    }

    /// Takes the directory, commits and withdraws, so that it is as the restored checkpoint says.
    public override func open() throws(WeirError) {
        let files = context.world.files
        let (directory, job) = (options.directory, context.job)
        let recovery = FileSinkRecovery(
            options: options,
            files: files,
            subtask: context.subtask,
            job: job.id,
            restored: context.restored.checkpoint
        )
        try recovery.makeDirectory()
        let goesOn = context.restored.checkpoint != .none
        try OutputLock.waitForOthers(context.world, goesOn: goesOn) { () throws(WeirError) in
            try job.hold("output \(directory)") { () throws(WeirError) in
                try OutputLock.take(directory, job: job.id, files: files)
            }
        }
        var claims: [OutputClaim] = []
        for element in context.restored.elements(Self.claimState) {
            claims.append(try OutputClaim(encoded: element))
        }
        var parts: [PendingPart] = []
        for element in context.restored.elements(Self.partsState) {
            parts.append(try PendingPart(encoded: element))
        }
        let start = try recovery.run(parts, claims)
        claim = start.claim
        pending = start.promised
        marks = start.marks
    }

    public override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        let rows = RowSelection(batch, from: position)
        for index in 0..<rows.count {
            if file == nil { try startFile() }
            try encoder.encode(batch, row: rows[index], into: &writer)
            fileRows += 1
            let bytes = fileBytes + writer.count
            if bytes >= options.rollBytes || fileRows >= options.rollRows {
                try closeFile()
            } else if writer.count >= Self.flushBytes {
                try flush()
            }
        }
        return .consumed
    }

    /// Ends the epoch: its files go into the snapshot, and to the disk before it is acknowledged.
    public override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        if file != nil { try closeFile() }
        let epoch = snapshot.barrier.checkpoint.number
        for (index, part) in closed.enumerated() {
            let name = PartName.committed(
                epoch: epoch,
                subtask: context.subtask.index,
                counter: index,
                fileExtension: options.format.fileExtension
            )
            pending.append(
                PendingPart(
                    epoch: epoch,
                    hiddenName: part.hiddenName,
                    name: name,
                    size: part.size
                )
            )
        }
        closed.removeAll()
        if snapshot.barrier.purpose == .final { finalCheckpoint = snapshot.barrier.checkpoint }
        snapshot.add(
            OperatorStateEntry(Self.partsState, .union, pending.map { $0.encoded() })
        )
        if let claim {
            snapshot.add(OperatorStateEntry(Self.claimState, .union, [claim.encoded()]))
        }
        // Files of an aborted checkpoint are among them: this one answers for them too.
        let waiting = pending.compactMap { unsynced[$0.hiddenName] }
        guard !waiting.isEmpty else { return }
        let files = context.world.files
        let directory = options.directory
        snapshot.beforeAcknowledging { () throws(WeirError) in
            for file in waiting { try file.synchronize() }
            try files.synchronizeDirectory(directory)
        }
        #if Sabotage
        guard Sabotage.commitBeforeCompletion.isActive else { return }
        let commit = makeCommit(pending, isFinal: false)
        snapshot.beforeAcknowledging { () throws(WeirError) in try commit.run() }
        #endif
    }

    /// Gives the files of the checkpoint, and of aborted ones before it, their names.
    ///
    /// One commit at a time: the first one removes what it does not know.
    public override func checkpointCompleted(_ checkpoint: CheckpointID) throws(WeirError) {
        guard !isCommitting else {
            nextCommit = checkpoint
            return
        }
        let due = pending.filter { $0.epoch <= checkpoint.number }
        let isFinal = checkpoint == finalCheckpoint
        guard !due.isEmpty || isFinal || claim?.isPending == true else { return }
        let commit = makeCommit(due, isFinal: isFinal)
        isCommitting = true
        context.background(
            { () throws(WeirError) in try commit.run() },
            { [weak self] failure throws(WeirError) in
                if let failure { throw failure }
                try self?.committed(commit)
            }
        )
    }

    private func makeCommit(_ parts: [PendingPart], isFinal: Bool) -> FileSinkCommit {
        var takeover: OutputTakeover?
        if let claim, claim.isPending {
            takeover = OutputTakeover(
                directory: options.directory,
                files: context.world.files,
                claim: claim,
                kept: Set(parts.flatMap { [$0.hiddenName, $0.name] }),
                job: context.job.id,
                attempt: context.attempt
            )
        }
        return FileSinkCommit(
            directory: options.directory,
            files: context.world.files,
            parts: parts,
            subtask: context.subtask,
            job: context.job.id,
            isFinal: isFinal,
            marks: marks,
            takeover: takeover
        )
    }

    private func committed(_ commit: FileSinkCommit) throws(WeirError) {
        isCommitting = false
        claim?.isPending = false
        marks = commit.newMarks
        let names = Set(commit.parts.map(\.hiddenName))
        pending.removeAll { names.contains($0.hiddenName) }
        for name in names { unsynced[name] = nil }
        guard let next = nextCommit else { return }
        nextCommit = nil
        try checkpointCompleted(next)
    }

    public override var hasPendingWork: Bool { isCommitting }

    public override func close() {
        file?.close()
        let isOpen = file != nil
        file = nil
        // No snapshot promises these; what cannot be removed goes with the next commit or recovery.
        for name in closed.map(\.hiddenName) + (isOpen ? [fileName] : []) {
            _ = try? context.world.files.remove(options.directory + "/" + name)
        }
        closed.removeAll()
    }

    // MARK: The open file

    private func startFile() throws(WeirError) {
        fileName = PartName.hidden(
            subtask: context.subtask.index,
            counter: counter,
            attempt: context.attempt,
            job: context.job.id,
            fileExtension: options.format.fileExtension
        )
        counter += 1
        file = try context.world.files.open(options.directory + "/" + fileName, .createNew)
        fileBytes = 0
        fileRows = 0
        encoder.encodeHeader(into: &writer)
    }

    private func flush() throws(WeirError) {
        guard let file, writer.count > 0 else { return }
        try file.write(writer.bytes)
        fileBytes += writer.count
        writer.removeAll()
    }

    private func closeFile() throws(WeirError) {
        try flush()
        guard let file else { return }
        unsynced[fileName] = UnsyncedFile(file)
        closed.append((fileName, fileBytes))
        self.file = nil
    }
}

import WeirCore
import WeirSnapshot

/// Whether segments are being folded into the image, or merged.
struct FoldProgress {
    var isRunning = false
    /// Whether the image may hold something, if only what a fold that failed has put there.
    var hasFolded = false
    /// The place of the last segment of the fold that runs.
    var lastSequence: UInt64 = 0
    /// The newest completed checkpoint when it began.
    var checkpoint = CheckpointID.none
    /// Failures in a row.
    var failureCount = 0
}

extension KeyedStateBackend {
    /// So many covered segments are folded together at least, unless there is a reason.
    static let foldSegmentCount = 3
    /// So many bytes of covered segments are a reason to fold.
    static let foldBytes = 16 << 20
    /// So many unfolded tags are a reason to fold.
    static let foldTagCount = 4
    /// After so many failures in a row the task fails.
    static let mostFoldFailures = 5

    /// Starts a fold or a merge if there is enough of it, or a reason to.
    func foldIfUseful() {
        let entries = ledger.foldable
        guard !fold.isRunning, !entries.isEmpty else { return }
        guard prefersFolding else { return mergeIfUseful() }
        let isUseful =
            entries.count >= Self.foldSegmentCount || ledger.foldableBytes >= Self.foldBytes
            || ledger.unfoldedTags.count >= Self.foldTagCount || memory.excessBytes > 0
        if isUseful { startFold() }
    }

    /// Starts to fold everything that completed checkpoints cover.
    func startFold() {
        let entries = Array(ledger.foldable)
        guard !fold.isRunning, let last = entries.last else { return }
        fold.isRunning = true
        fold.hasFolded = true
        fold.lastSequence = last.sequence
        #if Sabotage
        if Sabotage.foldedAhead.isActive {
            fold.lastSequence = ledger.entries.last?.sequence ?? last.sequence
        }
        #endif
        fold.checkpoint = completed
        let image = below.image
        let directory = ScratchDirectory(scratch, "captured")
        let range = keyGroups
        let job = OneTimeJob { () throws(WeirError) -> [CapturedFile] in
            for run in Self.runs(of: entries) {
                var readers: [SegmentReader] = []
                for entry in run { readers.append(try entry.local.reader()) }
                let shared = run[0].range.intersection(range) ?? KeyGroupRange(0, 0)
                _ = try image.fold(readers, in: shared, marksRemovals: false)
            }
            return try image.capture(into: directory.path)
        }
        background(
            { () throws(WeirError) in try job.run() },
            { [weak self] (_) throws(WeirError) in
                try self?.finishFold(entries, directory, job)
            }
        )
    }

    /// Neighbours of which the same key groups count.
    private static func runs(of entries: [SegmentLedger.Entry]) -> [[SegmentLedger.Entry]] {
        var runs: [[SegmentLedger.Entry]] = []
        for entry in entries {
            if runs.last?.first?.range == entry.range {
                runs[runs.count - 1].append(entry)
            } else {
                runs.append([entry])
            }
        }
        return runs
    }

    private func finishFold(
        _ entries: [SegmentLedger.Entry],
        _ directory: ScratchDirectory,
        _ job: OneTimeJob<[CapturedFile]>
    ) throws(WeirError) {
        fold.isRunning = false
        let files: [CapturedFile]
        do throws(WeirError) {
            files = try job.run()
        } catch {
            try noteFoldFailure(error)
            return
        }
        fold.failureCount = 0
        ledger.removeFolded(through: fold.lastSequence)
        below.layers.removeAll { $0.lastSequence <= fold.lastSequence }
        var fresh = CapturedBase(
            foldedThrough: fold.checkpoint,
            files: files,
            directory: directory,
            stored: [:]
        )
        for file in files {
            if let handle = base?.stored[file.name], handle.size == file.size,
                handle.checksum == file.checksum
            {
                fresh.stored[file.name] = handle
            }
        }
        base = fresh
        belowGeneration += 1
        noteTags()
        trimPending()
        foldIfUseful()
    }
}

import WeirCore

/// What a job starts from, and what has to be undone before it starts.
public struct RestoreChoice: Sendable, Equatable {
    /// A checkpoint that was passed over.
    public struct Skipped: Sendable, Equatable {
        /// The checkpoint.
        public let checkpoint: CheckpointID
        /// What is wrong with it; each names its file.
        public let problems: [WeirError]
    }

    /// The checkpoint to start from.
    public let manifest: CheckpointManifest
    /// Newer ones that are damaged, newest first, to be told loudly.
    public let skipped: [Skipped]
    /// Every checkpoint after the chosen one that had been complete, ascending: what sinks committed
    /// for these has to be withdrawn.
    public let completedAfter: [CheckpointID]
    /// Whether its files were damaged or gone, and are there again from the fallback copy.
    public var isBroughtBack = false
}

extension CheckpointStore {
    /// The newest checkpoint whose files pass the verification; nil if none was ever completed.
    ///
    /// Damaged ones are passed over and named; where none is left, the `fallback` copy is brought back.
    /// An error of the machine or an unknown version is not passed over, since going back further than
    /// needed withdraws results.
    /// - Throws: `noSnapshot` if there were checkpoints and all are damaged; `snapshotVersion`,
    ///   `fileFailed`.
    public func newestRestorable(
        _ verification: SnapshotVerification,
        jobID: String? = nil,
        or fallback: FallbackCopy? = nil
    ) throws(WeirError) -> RestoreChoice? {
        let entries = try list()
        var skipped: [RestoreChoice.Skipped] = []
        for entry in entries {
            switch entry.state {
            case .unfinished, .withdrawn: continue
            case .complete, .manifestMissing: break
            }
            let problems = try self.problems(of: entry.checkpoint, verification, jobID: jobID)
            if problems.isEmpty {
                return RestoreChoice(
                    manifest: try load(entry.checkpoint, jobID: jobID),
                    skipped: skipped,
                    completedAfter: completed(after: entry.checkpoint, in: entries)
                )
            }
            skipped.append(.init(checkpoint: entry.checkpoint, problems: problems))
        }
        if let choice = try broughtBack(from: fallback, skipped, jobID: jobID) { return choice }
        guard entries.contains(where: { $0.state == .withdrawn }) else { return nil }
        throw allDamaged(
            "No checkpoint is left but those that the job went back from.",
            "",
            "The one that it went back to is gone."
        )
    }

    /// The fallback copy in place of damaged checkpoints; nil if there is neither.
    private func broughtBack(
        from fallback: FallbackCopy?,
        _ skipped: [RestoreChoice.Skipped],
        jobID: String?
    ) throws(WeirError) -> RestoreChoice? {
        var copyProblem = ""
        do throws(WeirError) {
            if let checkpoint = try fallback?.bringBack() {
                return RestoreChoice(
                    manifest: try load(checkpoint, jobID: jobID),
                    skipped: skipped,
                    completedAfter: completed(after: checkpoint, in: try list()),
                    isBroughtBack: true
                )
            }
        } catch let error where error.code == .noSnapshot {
            copyProblem = " The copy aside is damaged as well: \(error.reason)"
        }
        guard let first = skipped.first?.problems.first else {
            if copyProblem.isEmpty { return nil }
            throw allDamaged("There is no checkpoint.", "", copyProblem)
        }
        throw allDamaged(
            "All \(skipped.count) checkpoints are damaged.",
            first.position,
            first.message + copyProblem
        )
    }

    private func allDamaged(_ what: String, _ position: String, _ reason: String) -> WeirError {
        WeirError(
            .noSnapshot,
            what,
            position: position,
            reason: reason,
            fix: "Restore the file from a backup, start from a checkpoint of another directory "
                + "with --from, or with --fresh, which gives up all state."
        )
    }

    /// The checkpoint that a person chose.
    ///
    /// - Throws: the first problem if it is damaged; `noSnapshot` if it was never completed.
    public func restore(
        _ checkpoint: CheckpointID,
        _ verification: SnapshotVerification,
        jobID: String? = nil
    ) throws(WeirError) -> RestoreChoice {
        let entries = try list()
        guard let entry = entries.first(where: { $0.checkpoint == checkpoint }),
            entry.state != .unfinished
        else {
            throw WeirError(
                .noSnapshot,
                "There is no completed checkpoint \(checkpoint).",
                fix: "`weir checkpoint ls` lists those that are there."
            )
        }
        if let problem = try problems(of: checkpoint, verification, jobID: jobID).first {
            throw problem
        }
        return RestoreChoice(
            manifest: try load(checkpoint, jobID: jobID),
            skipped: [],
            completedAfter: completed(after: checkpoint, in: entries)
        )
    }

    /// Makes sure that no checkpoint after this one is ever restored.
    ///
    /// To be called before sinks withdraw what they committed for `completedAfter`: a crash between
    /// leaves them in that list, and the next start withdraws again.
    public func withdraw(after checkpoint: CheckpointID, attempt: Attempt) throws(WeirError) {
        for entry in try list() where entry.checkpoint > checkpoint {
            guard entry.state == .complete || entry.state == .manifestMissing else { continue }
            do throws(WeirError) {
                try files.putIfAbsent(
                    CheckpointNames.withdrawal(entry.checkpoint),
                    bytes: Array("attempt \(attempt)\n".utf8)
                )
            } catch let error where error.code == .fileExists {
                // Another call of the same start was here before.
            }
        }
    }

    private func completed(
        after checkpoint: CheckpointID,
        in entries: [CheckpointEntry]
    ) -> [CheckpointID] {
        entries.filter { $0.checkpoint > checkpoint && $0.state != .unfinished }
            .map(\.checkpoint).reversed()
    }

    private func problems(
        of checkpoint: CheckpointID,
        _ verification: SnapshotVerification,
        jobID: String?
    ) throws(WeirError) -> [WeirError] {
        do throws(WeirError) {
            _ = try load(checkpoint, jobID: jobID)
        } catch let error where error.isDamage {
            return [error]
        }
        return try verify(checkpoint, verification).problems.map(\.error)
    }
}

import WeirCore
import WeirSnapshot

/// An epoch that has ended and is being serialised.
struct FrozenEpoch {
    /// Why it has ended.
    enum Purpose {
        /// The barrier of a checkpoint.
        case checkpoint(CheckpointID)
        /// Its entries do not fit in memory.
        case spill
    }

    let purpose: Purpose
    let tag: UInt8
    let builder: SegmentBuilder
}

extension KeyedStateBackend {
    /// Bytes at which an epoch's segment is cut and the next begun, so that it can go to disk.
    var segmentBytes: Int { min(max(memory.limitBytes / 16, 256 << 10), 8 << 20) }
    /// Bytes of segments in memory past which the task writes them itself, which holds it up.
    ///
    /// A quarter of the budget, since they come on top of it; a task with much memory has many keys,
    /// whose pre-images may come faster than the disk takes them.
    private var mostUnwrittenBytes: Int {
        min(max(memory.limitBytes / 4, 4 * segmentBytes), 256 << 20)
    }

    /// The barrier of a checkpoint: what is dirty now belongs to it.
    ///
    /// O(1), unless the epoch before is not serialised yet: then that is done first. What has expired
    /// by the `clock` may go from the image once the checkpoint is complete.
    /// - Throws: `diskFull`, `fileFailed`.
    public func freeze(
        _ checkpoint: CheckpointID,
        at clock: StateClock? = nil
    ) throws(WeirError) {
        _ = try serialiseSlice { false }
        if !sweeps.isEmpty { clocks[checkpoint] = clock }
        begin(.checkpoint(checkpoint))
        lastBarrier = checkpoint
    }

    func begin(_ purpose: FrozenEpoch.Purpose) {
        let tag = ledger.openEpoch()
        let builder = SegmentBuilder(dividing: keyGroups)
        for (_, table) in tables { table.beginEpoch(tag: tag, into: builder) }
        epoch = FrozenEpoch(purpose: purpose, tag: tag, builder: builder)
    }

    /// Serialises a slice of the frozen entries; returns whether none is left.
    ///
    /// - Throws: `diskFull`, `fileFailed`, if segments have to be written at once.
    public func serialiseSlice(until isOver: () -> Bool) throws(WeirError) -> Bool {
        guard let epoch else { return true }
        let segmentBytes = segmentBytes
        for (_, table) in tables where table.frozenCount > 0 {
            while !table.serialiseFrozen(until: {
                isOver() || epoch.builder.byteCount >= segmentBytes
            }) {
                if epoch.builder.byteCount >= segmentBytes { try cut(epoch) }
                if isOver() { return false }
            }
        }
        try cut(epoch)
        ledger.closeEpoch()
        self.epoch = nil
        noteTags()
        switch epoch.purpose {
        case .checkpoint(let checkpoint): upload = makeUpload(checkpoint)
        case .spill: startSpill()
        }
        return true
    }

    /// Hands the serialised entries over to a segment of their own, which goes to disk.
    private func cut(_ epoch: FrozenEpoch) throws(WeirError) {
        guard epoch.builder.entryCount > 0 else { return }
        let segment = LocalSegment(epoch.builder.finish(), in: scratch)
        ledger.append(
            segment,
            tag: epoch.tag,
            range: keyGroups,
            checkpoint: checkpoint(of: epoch)
        )
        var unwritten = ledger.entries.reduce(0) { $0 + $1.local.unwrittenBytes }
        for entry in ledger.entries where unwritten > mostUnwrittenBytes {
            unwritten -= entry.local.unwrittenBytes
            try entry.local.materialise()
        }
        if segment.unwrittenBytes > 0, segment.byteCount >= segmentBytes {
            // A failure shows again, and is told, when the file is needed.
            background({ () throws(WeirError) in try segment.materialise() }, { _ in })
        }
    }

    /// The checkpoint that an epoch's segments belong to.
    ///
    /// Segments sort by it, so a spill's is the lowest that the next barrier can bring.
    private func checkpoint(of epoch: FrozenEpoch) -> CheckpointID {
        switch epoch.purpose {
        case .checkpoint(let checkpoint): checkpoint
        case .spill: lastBarrier.next
        }
    }

    /// The blocking part of the checkpoint that was serialised last; nil if it was taken already.
    public func takeUpload() -> KeyedStateUpload? {
        defer { upload = nil }
        return upload
    }

    private func makeUpload(_ checkpoint: CheckpointID) -> KeyedStateUpload {
        KeyedStateUpload(
            checkpoint: checkpoint,
            place: place,
            schemas: registry.schemas,
            image: base,
            segments: ledger.entries.map {
                KeyedStateUpload.Segment(
                    id: $0.id,
                    checkpoint: $0.checkpoint,
                    local: $0.local,
                    handle: $0.handle
                )
            }
        )
    }

    /// Notes what an upload has stored.
    public func uploadFinished(_ snapshot: KeyedStateSnapshot) {
        contributions[snapshot.checkpoint] = snapshot
    }

    /// A checkpoint is complete: its segments may be folded into the image.
    public func checkpointCompleted(_ checkpoint: CheckpointID) {
        guard let snapshot = contributions[checkpoint] else { return }
        contributions = contributions.filter { $0.key > checkpoint }
        completed = max(completed, checkpoint)
        ledger.cover(snapshot.handles)
        if let image = snapshot.image { base?.noteStored(image) }
        if let clock = clocks[checkpoint] { timeToLive.advanceBounds(to: clock) }
        clocks = clocks.filter { $0.key > checkpoint }
        foldIfUseful()
    }

    /// A checkpoint will never complete: its segments go into the next one.
    public func checkpointAborted(_ checkpoint: CheckpointID) {
        contributions[checkpoint] = nil
        clocks[checkpoint] = nil
        if upload?.checkpoint == checkpoint { upload = nil }
    }

    /// Tells the tables of tags whose entries have become readable below, and of those whose
    /// removals no segment has to remember.
    func noteTags() {
        for tag in 0..<SegmentLedger.tagCount where !ledger.isNeeded(tag) {
            let isUnfolded = ledger.isUnfolded(tag)
            for (_, table) in tables {
                if isUnfolded { table.markSettled(tag: tag) } else { table.markFolded(tag: tag) }
            }
        }
        for (_, table) in tables { table.beginSweep() }
        let scratch = scratch
        if scratch.hasDiscarded { background({ scratch.removeDiscarded() }, { _ in }) }
    }
}

extension CapturedBase {
    /// Notes where a completed checkpoint has stored the files.
    ///
    /// An older capture has other files under the same names, so size and checksum must agree.
    mutating func noteStored(_ image: ImageHandle) {
        for stored in image.files {
            for file in files where file.name == stored.localName {
                guard file.size == stored.file.size, file.checksum == stored.file.checksum
                else { continue }
                self.stored[file.name] = stored.file
            }
        }
    }
}

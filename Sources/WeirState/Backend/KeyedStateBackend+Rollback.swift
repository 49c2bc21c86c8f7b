import WeirCore
import WeirSnapshot

extension KeyedStateBackend {
    /// Goes back to the newest completed checkpoint, in place; blocks for as long as it takes to
    /// read the segments that are not folded.
    ///
    /// The tables are emptied and filled from segments and image as after a restore; the image is
    /// never ahead of that checkpoint, so it stays.
    /// - Throws: `noSnapshot` if `checkpoint` is not the newest completed one; `imageFailed`.
    public func rollBack(to checkpoint: CheckpointID) throws(WeirError) {
        guard checkpoint == completed else {
            throw WeirError(
                .noSnapshot,
                "\(place.operatorName) can go back to checkpoint \(completed) in place, not to "
                    + "\(checkpoint).",
                position: place.operatorName,
                fix: "Restore the task from the checkpoint store."
            )
        }
        epoch = nil
        upload = nil
        contributions = [:]
        clocks = [:]
        lastBarrier = completed
        // Its entries may be given up; the job ends by itself, and nobody takes its result.
        spill.running = nil
        below.layers = []
        ledger.goBack()
        belowGeneration += 1
        loading = LoadProgress()
        dropPending()
        try layerIfLarge()
        try awaitSegments()
        let isBelowInUse = isBelowInUse || fold.isRunning && fold.hasFolded
        for (id, table) in tables {
            table.removeAll(areResident: !isBelowInUse)
            for tag in 0..<SegmentLedger.tagCount { table.markFolded(tag: tag) }
            try fill(table, state: id)
        }
    }
}

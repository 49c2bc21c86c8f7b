import Testing
import WeirCore
import WeirSnapshot

@Suite("Retention")
struct RetentionTests {
    @Test("the newest three stay, with every file that they refer to")
    func newestThree() throws {
        let job = Job()
        var segments: [SegmentHandle] = []
        let image = try job.imageFile(1)
        for number: UInt64 in 1...5 {
            segments = segments.suffix(2) + [try job.segment(number)]
            try job.store.publish(job.manifest(number, segments: segments, image: [image]))
        }
        let report = try job.store.clean(attempt: job.attempt)
        #expect(report.checkpoints == [CheckpointID(1), CheckpointID(2)])
        // Checkpoint 3 still needs the segments of 1 and 2.
        #expect(report.files == [])
        for number: UInt64 in 3...5 {
            #expect(try job.store.verify(CheckpointID(number)).isSound)
        }
        let later = try job.store.clean(attempt: job.attempt, keeping: 1)
        #expect(later.checkpoints == [CheckpointID(3), CheckpointID(4)])
        #expect(later.files.compactMap(CheckpointNames.checkpoint(of:)).map(\.number) == [1, 2])
        #expect(try job.store.verify(CheckpointID(5)).isSound)
    }

    @Test("pinned checkpoints and savepoints stay")
    func pinned() throws {
        let job = Job()
        try job.complete(1, purpose: .savepoint)
        for number: UInt64 in 2...5 { try job.complete(number) }
        try job.store.pin(CheckpointID(2))
        try job.store.pin(CheckpointID(2))
        let report = try job.store.clean(attempt: job.attempt, keeping: 1)
        #expect(report.checkpoints == [CheckpointID(3), CheckpointID(4)])
        try job.store.unpin(CheckpointID(2))
        let later = try job.store.clean(attempt: job.attempt, keeping: 1)
        #expect(later.checkpoints == [CheckpointID(2)])
        #expect(
            try job.store.list().map(\.checkpoint) == [CheckpointID(5), CheckpointID(1)]
        )
    }

    @Test("what may be in progress stays, what aborted checkpoints left goes")
    func orphans() throws {
        let job = Job()
        try job.complete(1)
        let aborted = try job.segment(2)
        let abortedImage = try job.imageFile(2)
        try job.complete(3)
        let pending = try job.segment(4)
        let pendingImage = try job.imageFile(4)
        let report = try job.store.clean(attempt: job.attempt)
        #expect(report.files == [aborted.file.name, abortedImage.file.name])
        #expect(try job.files.size(pending.file.name) != nil)
        #expect(try job.files.size(pendingImage.file.name) != nil)
        #expect(try job.store.highestID() == CheckpointID(4))
    }

    @Test("what checkpoints left that were given up goes at once, with their directories")
    func discard() throws {
        let job = Job()
        try job.complete(1)
        let aborted = [try job.segment(2), try job.segment(3)].map(\.file.name)
        let image = try job.imageFile(3).file.name
        let pending = try job.segment(4).file.name
        let names = try job.store.discard(CheckpointID(2)...CheckpointID(3))
        #expect(names == aborted + [image])
        #expect(try job.files.size(pending) != nil)
        #expect(try job.store.verify(CheckpointID(1)).isSound)
        let entries = try job.world.files.list("checkpoints").filter { $0.hasPrefix("chk-") }
        #expect(entries == ["chk-1", "chk-4"])
        // A task that was slow to notice.
        let late = try job.segment(2).file.name
        #expect(try job.store.discard(CheckpointID(2)...CheckpointID(3)) == [late])
    }

    @Test("what was given up but is complete, or is used by a complete one, stays")
    func discardNothing() throws {
        let job = Job()
        let used = try job.segment(1)
        try job.store.publish(job.manifest(2, segments: [used, try job.segment(2)]))
        try job.complete(3)
        try job.files.delete([CheckpointNames.manifest(CheckpointID(3))])
        try job.complete(4)
        try job.store.withdraw(after: CheckpointID(3), attempt: job.attempt)
        #expect(try job.store.discard(CheckpointID(1)...CheckpointID(9)) == [])
        #expect(try job.store.verify(CheckpointID(2)).isSound)
    }

    @Test("an aborted checkpoint's segment stays if the next one builds on it")
    func abortedButUsed() throws {
        let job = Job()
        let aborted = try job.segment(1)
        try job.store.publish(job.manifest(2, segments: [aborted, try job.segment(2)]))
        #expect(try job.store.clean(attempt: job.attempt).files == [])
        #expect(try job.store.verify(CheckpointID(2)).isSound)
    }

    @Test("an attempt that has completed nothing deletes nothing")
    func newAttempt() throws {
        let job = Job()
        for number: UInt64 in 1...5 { try job.complete(number) }
        _ = try job.segment(6)
        let report = try job.store.clean(attempt: Attempt(2), keeping: 1)
        #expect(report.checkpoints.isEmpty && report.files.isEmpty)
    }

    @Test("an attempt that was replaced is refused")
    func staleAttempt() throws {
        var job = Job()
        try job.complete(1)
        job.attempt = Attempt(2)
        try job.complete(2)
        let error = #expect(throws: WeirError.self) {
            try job.store.clean(attempt: Attempt(1), keeping: 1)
        }
        #expect(error?.code == .staleAttempt)
        #expect(try job.store.verify(CheckpointID(1)).isSound)
    }

    @Test("damaged ones do not count, and stay until there are enough good ones")
    func damaged() throws {
        let job = Job()
        for number: UInt64 in 1...3 { try job.complete(number) }
        job.world.setBytes("checkpoints/chk-3/manifest", [1])
        try job.complete(4)
        #expect(
            try job.store.clean(attempt: job.attempt, keeping: 2).checkpoints == [CheckpointID(1)]
        )
        #expect(
            try job.store.list().map(\.checkpoint)
                == [CheckpointID(4), CheckpointID(3), CheckpointID(2)]
        )
        try job.complete(5)
        #expect(
            try job.store.clean(attempt: job.attempt, keeping: 2).checkpoints
                == [CheckpointID(2), CheckpointID(3)]
        )
    }

    @Test(
        "whichever call fails, what is listed as complete is whole, and the next clean-up goes on"
    )
    func failures() throws {
        var failed = 0
        for left in 0..<60 {
            let job = Job()
            for number: UInt64 in 1...4 { try job.complete(number) }
            _ = try job.segment(5)
            job.world.disk.callsBeforeFailure = left
            if (try? job.store.clean(attempt: job.attempt, keeping: 1)) == nil { failed += 1 }
            job.world.disk.callsBeforeFailure = nil
            for entry in try job.store.list() where entry.state == .complete {
                #expect(try job.store.verify(entry.checkpoint).isSound, "after \(left) calls")
            }
            #expect(!(try job.store.list()).contains { $0.state == .manifestMissing })
            try job.store.clean(attempt: job.attempt, keeping: 1)
            #expect(
                try job.store.list().map(\.checkpoint) == [CheckpointID(5), CheckpointID(4)]
            )
        }
        #expect(failed > 10)
    }
}

import Testing
import WeirCore
import WeirSnapshot

@Suite("The fallback copy")
struct FallbackCopyTests {
    /// Checkpoints 1 to 5, of which all share an image file and a segment, cleaned up to three, and a
    /// copy of checkpoint 2.
    private struct Shared {
        let job = Job()
        let fallback: FallbackCopy
        let shared: [String]
        var newest: CheckpointManifest

        init() throws {
            let copies = LocalFileStore(world: job.world, directory: "fallback")
            fallback = FallbackCopy(of: job.store, in: CheckpointStore(copies))
            let image = try job.imageFile(1)
            let old = try job.segment(1)
            shared = [image.file.name, old.file.name]
            newest = job.manifest(1, segments: [old], image: [image])
            try job.store.publish(newest)
            for number: UInt64 in 2...5 {
                newest = job.manifest(
                    number,
                    segments: [old, try job.segment(number)],
                    image: [image]
                )
                try job.store.publish(newest)
                try job.store.clean(attempt: job.attempt)
                if number == 2 { try fallback.refresh(CheckpointID(2)) }
            }
        }
    }

    private func complete(_ fallback: FallbackCopy) throws -> [CheckpointID] {
        try fallback.copies.list().filter { $0.state == .complete }.map(\.checkpoint)
    }

    @Test("of any file of the newest checkpoint that is damaged, an older checkpoint has none")
    func everyFile() throws {
        let names = try Shared().newest.files.map(\.name) + ["chk-5/manifest"]
        #expect(names.count == 4)
        for damage in DamagedCheckpointTests.Damage.allCases {
            for name in names {
                let made = try Shared()
                damage.apply("checkpoints/" + name, in: made.job.world)
                let choice = try made.job.store.newestRestorable(.checksums, or: made.fallback)
                let isShared = made.shared.contains(name)
                #expect(choice?.isBroughtBack == isShared, "\(damage) \(name)")
                #expect(choice?.manifest.checkpoint == CheckpointID(isShared ? 2 : 4))
                let passed: [UInt64] = isShared ? [5, 4, 3] : [5]
                #expect(choice?.skipped.map(\.checkpoint.number) == passed)
                #expect(choice?.completedAfter.map(\.number) == passed.reversed())
                let used = try #require(choice?.manifest.checkpoint)
                #expect(try made.job.store.verify(used).isSound)
                // What was brought back is still no other name of the copy's bytes.
                for file in try made.job.store.load(used).files {
                    made.job.world.disk.nodes["checkpoints/" + file.name]?.bytes = [1]
                }
                #expect(try made.fallback.copies.verify(CheckpointID(2)).isSound)
            }
        }
    }

    @Test("what has no checkpoint left at all is brought back, and a damaged copy is named")
    func nothingElse() throws {
        let made = try Shared()
        try made.job.world.disk.removeTree("checkpoints")
        let choice = try made.job.store.newestRestorable(.checksums, or: made.fallback)
        #expect(choice?.manifest.checkpoint == CheckpointID(2))
        #expect(choice?.isBroughtBack == true)

        let other = try Shared()
        for directory in ["checkpoints/", "fallback/"] {
            other.job.world.setBytes(directory + other.shared[0], [1])
        }
        let error = #expect(throws: WeirError.self) {
            try other.job.store.newestRestorable(.checksums, or: other.fallback)
        }
        #expect(error?.code == .noSnapshot)
        #expect(error?.message == "All 3 checkpoints are damaged.")
        #expect(error?.reason.contains(other.shared[0]) == true)
        #expect(error?.reason.contains("as well") == true)
        #expect(error?.fix.contains("--fresh") == true)
    }

    @Test("a refresh copies only what the copy does not have, and deletes what it does not need")
    func refresh() throws {
        let made = try Shared()
        let kept = made.job.world.disk.nodes["fallback/" + made.shared[0]]
        try made.fallback.refresh(CheckpointID(5))
        #expect(made.job.world.disk.nodes["fallback/" + made.shared[0]] === kept)
        #expect(try complete(made.fallback) == [CheckpointID(5)])
        let names = try made.fallback.copies.files.list(prefix: "")
        let expected = made.newest.files.map(\.name) + ["chk-5/completed", "chk-5/manifest"]
        #expect(names == expected.sorted())
        #expect(try made.fallback.copies.verify(CheckpointID(5)).isSound)
    }

    @Test("a checkpoint that was withdrawn is not brought back, whichever store says so")
    func withdrawn() throws {
        for isInCopies in [true, false] {
            let made = try Shared()
            let store = isInCopies ? made.fallback.copies : made.job.store
            if !isInCopies { try made.job.store.publish(made.job.manifest(2, segments: [])) }
            try store.withdraw(after: CheckpointID(1), attempt: Attempt(2))
            try made.job.world.disk.removeTree("checkpoints/shared")
            let error = #expect(throws: WeirError.self) {
                try made.job.store.newestRestorable(.checksums, or: made.fallback)
            }
            #expect(error?.code == .noSnapshot)
            #expect(try made.fallback.exists() == !isInCopies)
        }
    }

    @Test("whichever call of a refresh fails, there is a whole copy, and the next refresh succeeds")
    func failures() throws {
        var failed = 0
        for left in 0..<60 {
            let made = try Shared()
            made.job.world.disk.callsBeforeFailure = left
            if (try? made.fallback.refresh(CheckpointID(5))) == nil { failed += 1 }
            made.job.world.disk.callsBeforeFailure = nil
            #expect(try !complete(made.fallback).isEmpty, "after \(left) calls")
            for checkpoint in try complete(made.fallback) {
                #expect(try made.fallback.copies.verify(checkpoint).isSound)
            }
            try made.fallback.refresh(CheckpointID(5))
            #expect(try complete(made.fallback) == [CheckpointID(5)])
        }
        #expect(failed > 10)
    }

    @Test("damage that a refresh meets is named, and the copy stays; so does one that is given up")
    func damageMet() throws {
        let made = try Shared()
        let own = try #require(made.newest.files.last?.name)
        made.job.world.disk.nodes["checkpoints/" + own]?.bytes[40] ^= 4
        let error = #expect(throws: WeirError.self) {
            try made.fallback.refresh(CheckpointID(5))
        }
        #expect(error?.code == .corruptSnapshot)
        #expect(error?.description.contains(own) == true)
        #expect(try made.fallback.copies.files.size(own) == nil)
        #expect(try made.fallback.copies.verify(CheckpointID(2)).isSound)

        let cancellation = Cancellation()
        cancellation.cancel()
        let cancelled = #expect(throws: WeirError.self) {
            try made.fallback.refresh(CheckpointID(4), cancellation: cancellation)
        }
        #expect(cancelled?.code == .cancelled)
        #expect(try made.fallback.copies.verify(CheckpointID(2)).isSound)
    }

    @Test("takes the place of a savepoint of which a file is damaged")
    func savepoint() throws {
        let job = Job()
        let copies = LocalFileStore(world: job.world, directory: "fallback")
        let fallback = FallbackCopy(of: job.store, in: CheckpointStore(copies))
        let savepoint = try job.complete(1, purpose: .savepoint)
        try fallback.refresh(CheckpointID(1))
        let name = try #require(savepoint.files.first).name
        job.world.setBytes("checkpoints/" + name, [1])
        let choice = try job.store.newestRestorable(.checksums, or: fallback)
        #expect(choice?.isBroughtBack == true)
        #expect(try job.store.verify(CheckpointID(1)).isSound)
    }
}

import Testing
import Weir
import WeirCommand
import WeirSnapshot
import WeirTesting

@Suite("A simulated job whose newest checkpoint is damaged")
struct SimulatedDamageTests {
    /// The job after a crash, with several checkpoints; the same each time.
    private func crashed(_ visits: VisitJob) throws -> JobDriver {
        let job = JobDriver(seed: 11, name: "visits") { program in
            visits.build(program, rowTime: .microseconds(400))
        }
        job.options.settings.alignedCheckpointTimeout = .milliseconds(2)
        job.options.settings.mergeMemoryPercent = 0
        try visits.writeInput(job.world.files)
        try job.start(parallelism: 2)
        // Until the newest checkpoint has everything that one can have.
        let isRich = job.run {
            guard let manifest = try? job.newestManifest else { return false }
            let parts = manifest.operators.flatMap(\.subtasks)
            return manifest.checkpoint.number >= 6 && parts.contains { $0.image != nil }
                && parts.contains { !$0.segments.isEmpty }
                && parts.contains { !$0.channels.isEmpty }
                && parts.contains { $0.blob("pending-parts")?.elements.isEmpty == false }
        }
        #expect(isRich)
        job.run(for: .milliseconds(5))
        job.crash()
        return job
    }

    @Test("of any file: fsck and the restore name it, an older one is used, the output is right")
    func everyFile() throws {
        let visits = VisitJob("/data", seed: 5, milliseconds: 600)
        let sound = try crashed(visits)
        let manifest = try #require(try sound.newestManifest)
        let complete = try sound.checkpoints.list().filter { $0.state == .complete }
        #expect(complete.count == 3)
        // The job is younger than the interval: what is aside is a copy of its first checkpoint.
        let copy = try #require(
            try sound.fallback.list().first { $0.state == .complete }?.checkpoint
        )
        #expect(copy < complete.map(\.checkpoint).min() ?? .none)
        var sharedCount = 0
        let others = try complete.dropFirst().map { try sound.checkpoints.load($0.checkpoint) }
        try sound.start(parallelism: 3)
        #expect(try sound.finish() == .finished)
        let untouched = try visits.ledger(sound.world.files)
        #expect(untouched.isBalanced, "\(untouched)")

        let newest = CheckpointNames.manifest(manifest.checkpoint)
        for (number, name) in ([newest] + manifest.files.map(\.name)).enumerated() {
            // An image's file or a segment may belong to older checkpoints, too.
            let older = others.filter { !$0.files.map(\.name).contains(name) }.map(\.checkpoint)
            if older.isEmpty { sharedCount += 1 }
            for damage in Damage.allCases {
                let job = try crashed(visits)
                try damage.strike(
                    "/job/checkpoints/" + name,
                    job.world.files,
                    seed: UInt64(number)
                )
                try check(
                    job,
                    visits,
                    manifest.checkpoint,
                    name,
                    older.max() ?? copy,
                    "\(damage) \(name)"
                )
            }
        }
        #expect(sharedCount > 0, "no file that all retained checkpoints share")
    }

    /// The damage is found by `fsck`, and by a start, which goes back to `older`.
    private func check(
        _ job: JobDriver,
        _ visits: VisitJob,
        _ newest: CheckpointID,
        _ name: String,
        _ older: CheckpointID,
        _ what: String
    ) throws {
        let before = job.world.process.output.count
        #expect(WeirTool.run(["checkpoint", "fsck", "/job"], world: job.world) == 1)
        let report = String(decoding: job.world.process.output.dropFirst(before), as: UTF8.self)
        #expect(report.contains(name), "\(what): \(report)")
        try job.start(parallelism: 1 + Int(newest.number) % 4)
        let outcome = try job.finish()
        let told = job.notices.joined(separator: "\n")
        #expect(outcome == .finished)
        #expect(told.contains("checkpoint \(newest) is damaged"), "\(what): \(told)")
        #expect(told.contains(name), "\(what): \(told)")
        #expect(told.contains("going back to checkpoint \(older)"), "\(what): \(told)")
        let ledger = try visits.ledger(job.world.files)
        #expect(ledger.isBalanced, "\(what): \(ledger)")
    }
}

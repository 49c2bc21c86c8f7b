import Synchronization
import Testing
import Weir
import WeirSnapshot
import WeirTesting

@Suite("A job that has lost all of its checkpoints")
struct LostCheckpointsTests {
    /// How they were lost.
    enum Loss: CaseIterable {
        /// Their manifests are damaged.
        case manifests
        /// Files that manifests name are damaged.
        case files
        /// Nothing is left.
        case everything
    }

    private let clicks = Clicks(count: 12_000).input(seed: 4)
    private let output = TestOutput()
    private let failure = Failure()

    private func totals() -> JobDriver {
        JobDriver(seed: 4, name: "totals") { [clicks, output, failure] program in
            program.from(clicks.source(name: "clicks"), as: Click.self)
                .transform("failure", to: Click.self) { FailWhenDue(failure) }
                .keyBy(Click.user)
                .aggregate(.sum(Click.amount), to: Total.self) { sum, click, row in
                    row[Total.user] = click[Click.user]
                    row[Total.sum] = sum
                }
                .sink(output.sink(name: "totals"))
        }
    }

    private func ledger() -> Ledger<[Value]> {
        let expected = Reference(clicks.rows).folded(by: [0], from: Int64(0)) { sum, row in
            sum += row.integer(1)
            return [[row.values[0], .integer(sum)]]
        }
        return Ledger(expected: expected, actual: output.committedValues)
    }

    /// A job that ran, was copied to `/backup`, ran on for a while and crashed.
    private func crashed(after milliseconds: Int) throws -> JobDriver {
        let job = totals()
        try job.start(parallelism: 2)
        job.run(for: .milliseconds(60))
        _ = try job.checkpoint()
        job.crash()
        try copyTree("/job/checkpoints", "/backup/checkpoints", job.world.files)
        try job.start(parallelism: 2)
        job.run(for: .milliseconds(milliseconds))
        job.crash()
        return job
    }

    private func copyTree(_ source: String, _ target: String, _ disk: any FileSystem) throws {
        try disk.makeDirectory(target)
        for name in try disk.list(source) {
            let path = source + "/" + name
            if try disk.status(path)?.isDirectory == true {
                try copyTree(path, target + "/" + name, disk)
            } else {
                try disk.replaceAll(target + "/" + name, with: try disk.readAll(path))
            }
        }
    }

    private func damage(_ job: JobDriver, _ loss: Loss) throws {
        let disk = job.world.files
        for store in [job.checkpoints, job.fallback] {
            for entry in try store.list() where entry.state == .complete {
                let manifest = try store.load(entry.checkpoint)
                let root = (store.files as? LocalFileStore)?.directory ?? ""
                let name = CheckpointNames.manifest(entry.checkpoint)
                let file = loss == .files ? try #require(manifest.files.last).name : name
                try disk.replaceAll("\(root)/\(file)", with: [1, 2, 3])
            }
        }
        guard loss == .everything else { return }
        for name in ["checkpoints", "fallback"] {
            try disk.removeTree("/job/" + name)
            try disk.makeDirectory("/job/" + name)
        }
    }

    @Test(
        "starts from another directory's with --from; what came after it is withdrawn",
        arguments: Loss.allCases,
        [5, 200]
    )
    func rescue(loss: Loss, milliseconds: Int) throws {
        let job = try crashed(after: milliseconds)
        let newest = try #require(try job.newestManifest?.checkpoint)
        let highest = try job.checkpoints.highestID()
        try damage(job, loss)
        try job.start(parallelism: 2)
        guard case .failed(let error) = try job.finish() else {
            Issue.record("the job started from nothing")
            return
        }
        #expect(error.code == .noSnapshot)
        #expect(error.fix.contains("from a checkpoint of another directory with --from"))

        job.options.snapshot = "/backup"
        try job.start(parallelism: 3)
        job.run(for: .milliseconds(100))
        let next = try #require(try job.newestManifest)
        let told = job.notices.joined(separator: "\n")
        #expect(told.contains("they are given up for /backup, since --from names it"), "\(told)")
        let backup = CheckpointStore(
            LocalFileStore(world: job.world, directory: "/backup/checkpoints")
        )
        let brought = try #require(try backup.list().first { $0.state == .complete }).checkpoint
        if loss != .everything {
            #expect(next.checkpoint > highest)
            #expect(newest == brought || told.contains("going back to checkpoint \(brought)"))
        }
        job.crash()
        // The same command line goes on from what came since.
        try job.start(parallelism: 1)
        #expect(try job.finish() == .finished)
        #expect(job.notices.last { $0.contains("go first") }?.contains("/job") == true)
        #expect(ledger().isBalanced, "\(ledger())")
    }

    @Test("gives up nothing for a snapshot that is damaged as well, or for its own directory")
    func nothingElse() throws {
        let job = try crashed(after: 50)
        try damage(job, .manifests)
        for entry in try job.world.files.list("/backup/checkpoints") where entry.hasPrefix("chk-") {
            try job.world.files.replaceAll("/backup/checkpoints/\(entry)/manifest", with: [1])
        }
        let before = try job.checkpoints.list().map(\.state)
        for snapshot in ["/backup/checkpoints", "/job"] {
            job.options.snapshot = snapshot
            try job.start(parallelism: 2)
            guard case .failed(let error) = try job.finish() else {
                Issue.record("the job started")
                return
            }
            #expect(error.code == .noSnapshot)
        }
        #expect(try job.checkpoints.list().map(\.state) == before)
    }

    @Test("its own checkpoint is gone back to however its path is written", arguments: 0..<4)
    func spelling(number: Int) throws {
        let job = try crashed(after: 150)
        let complete = try job.checkpoints.list().filter { $0.state == .complete }
        let oldest = try #require(complete.last?.checkpoint)
        #expect(oldest < complete[0].checkpoint)
        let spellings = [
            "job/checkpoints/chk-\(oldest)", "/job//checkpoints/chk-\(oldest)/",
            "./job/checkpoints/chk-\(oldest)/manifest", "//job/checkpoints/./chk-\(oldest)",
        ]
        job.options.snapshot = spellings[number]
        try job.start(parallelism: 2)
        job.run(for: .milliseconds(2))
        let told = job.notices.joined(separator: "\n")
        #expect(told.contains("going back to checkpoint \(oldest)"), "\(told)")
        #expect(try job.finish() == .finished)
        #expect(ledger().isBalanced, "\(ledger())")
    }

    @Test("a job's directory names its newest checkpoint, of another job and of itself")
    func directory() throws {
        let job = try crashed(after: 50)
        job.options.snapshot = "/job"
        try job.start(parallelism: 2)
        _ = try job.checkpoint()
        job.crash()
        #expect(!job.notices.contains { $0.contains("go first") })
        let newest = try #require(try job.newestManifest?.checkpoint)
        job.options.dataDirectory = "/new"
        job.options.snapshot = "/job/"
        try job.start(parallelism: 3)
        let first = try job.checkpoint()
        #expect(first.checkpoint == newest.next)
    }

    @Test("a restart does not look for a checkpoint that retention has deleted since")
    func restartLater() throws {
        let job = try crashed(after: 150)
        let oldest = try #require(try job.checkpoints.list().last { $0.state == .complete })
        job.options.snapshot = "/job/checkpoints/chk-\(oldest.checkpoint)"
        try job.start(parallelism: 2)
        job.run(for: .milliseconds(250))
        #expect(try !job.checkpoints.list().map(\.checkpoint).contains(oldest.checkpoint))
        failure.isDue.store(true, ordering: .relaxed)
        #expect(try job.finish() == .finished)
        #expect(job.status.restarts == 1)
        #expect(ledger().isBalanced, "\(ledger())")
    }
}

/// When a job of these tests fails.
private final class Failure: Sendable {
    let isDue = Atomic<Bool>(false)
}

/// Passes rows on; throws once when it is time to.
private final class FailWhenDue: Operator {
    private let failure: Failure

    init(_ failure: Failure) { self.failure = failure }

    override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome {
        if failure.isDue.exchange(false, ordering: .relaxed) {
            throw WeirError(.networkFailed, "The test lets the job fail.")
        }
        context.output.emit(batch)
        return .consumed
    }
}

import Testing
import Weir
import WeirCommand
import WeirSimulation
import WeirSnapshot
import WeirSystem
import WeirTesting

@Suite("A job with RocksDB whose newest checkpoint is damaged")
struct RealDamageTests {
    private let world = RealWorld()

    private func options(_ directory: String) -> EmbeddedEngine.Options {
        var options = EmbeddedEngine.Options()
        options.dataDirectory = directory + "/job"
        options.settings.parallelism = 2
        options.settings.maxParallelism = 16
        options.settings.batchCapacity = 16
        options.settings.retainedCheckpoints = 3
        options.settings.mergeMemoryPercent = 0
        options.settings.checkpointInterval = .milliseconds(10)
        return options
    }

    private func start(_ visits: VisitJob, _ notices: Notices) throws -> RunningJob {
        let program = StreamExecutionEnvironment(name: "visits")
        visits.build(program, rowTime: .zero)
        return try EmbeddedEngine(world: world).start(
            try program.makeProgram(),
            options: options(visits.directory),
            onStatus: { notices.status = $0 },
            onNotice: { notices.add($0) }
        )
    }

    @Test("of any file: it is named, an older one is used, the output is right")
    func everyFile() throws {
        let root = world.processes.environment("TMPDIR") ?? "/tmp"
        let directory = "\(root)/weir-damage-\(world.processes.processID)"
        defer { try? world.files.removeTree(directory) }
        // Longer than a slow machine takes to make an image: it is stopped as soon as there is one.
        let visits = VisitJob(directory + "/sound", seed: 5, milliseconds: 6000)
        try visits.writeInput(world.files)
        let store = CheckpointStore(
            LocalFileStore(world: world, directory: visits.directory + "/job/checkpoints")
        )
        // Which files checkpoints share depends on when folds end: again until there is one.
        var manifests: [CheckpointManifest] = []
        var runs = 0
        while sharedNames(manifests).isEmpty || !hasImage(store), runs < 50 {
            runs += 1
            manifests = try runUntilImage(visits, store)
        }
        let newest = manifests[0]
        #expect(newest.operators.flatMap(\.subtasks).contains { $0.image != nil })
        var sharedCount = 0
        let names =
            [CheckpointNames.manifest(newest.checkpoint)] + newest.files.map(\.name)
        for (number, name) in names.enumerated() {
            var copy = VisitJob("\(directory)/\(number)", seed: 5, milliseconds: 6000)
            copy.speed = nil
            // The checkpoint is in the middle of it.
            copy.input = visits.input
            try copyTree(visits.directory, copy.directory)
            let damage = Damage.allCases[number % 3]
            try damage.strike(
                "\(copy.directory)/job/checkpoints/\(name)",
                world.files,
                seed: UInt64(number)
            )
            if sharedNames(manifests).contains(name) { sharedCount += 1 }
            try check(copy, newest.checkpoint, name, "\(damage) \(name)")
            try world.files.removeTree(copy.directory)
        }
        #expect(sharedCount > 0, "no file that all retained checkpoints share")
    }

    /// Lets the job go on until a checkpoint has an image; returns what is retained, newest first.
    private func runUntilImage(
        _ visits: VisitJob,
        _ store: CheckpointStore
    ) throws -> [CheckpointManifest] {
        let parker = world.threads.makeParker()
        let job = try start(visits, Notices())
        var looks = 0
        while !hasImage(store), looks < 2000 {
            looks += 1
            parker.park(until: world.clock.monotonicNanoseconds() + 5_000_000)
        }
        job.stop()
        #expect(job.wait().outcome == .suspended)
        let complete = try store.list().filter { $0.state == .complete }
        return try complete.map { try store.load($0.checkpoint) }
    }

    /// The files that all of some checkpoints name.
    private func sharedNames(_ manifests: [CheckpointManifest]) -> Set<String> {
        guard let first = manifests.first else { return [] }
        return manifests.dropFirst().reduce(into: Set(first.files.map(\.name))) { names, other in
            names.formIntersection(other.files.map(\.name))
        }
    }

    /// Whether the newest checkpoint has an image.
    private func hasImage(_ store: CheckpointStore) -> Bool {
        // A checkpoint may be cleaned away while it is looked at.
        guard let entry = try? store.list().first(where: { $0.state == .complete }),
            let manifest = try? store.load(entry.checkpoint)
        else { return false }
        return manifest.operators.flatMap(\.subtasks).contains { $0.image != nil }
    }

    private func check(
        _ visits: VisitJob,
        _ newest: CheckpointID,
        _ name: String,
        _ what: String
    ) throws {
        let report = try fsck(visits.directory + "/job")
        #expect(report.code == 1, "\(what): \(report.output)")
        #expect(report.output.contains(name), "\(what): \(report.output)")
        let notices = Notices()
        let outcome = try start(visits, notices).wait().outcome
        let told = notices.all.joined(separator: "\n")
        #expect(outcome == .finished, "\(what)")
        #expect(told.contains("checkpoint \(newest) is damaged"), "\(what): \(told)")
        #expect(told.contains(name), "\(what): \(told)")
        let ledger = try visits.ledger(world.files)
        #expect(ledger.isBalanced, "\(what): \(ledger)")
    }

    /// What `weir checkpoint fsck` says of the disk; what it prints is kept in a simulated process.
    private func fsck(_ directory: String) throws -> (code: Int32, output: String) {
        let simulated = SimulatedWorld(seed: 1)
        let tool = DiskWorld(files: world.files, rest: simulated)
        let code = WeirTool.run(["checkpoint", "fsck", directory], world: tool)
        return (code, simulated.process.outputText)
    }

    private func copyTree(_ source: String, _ target: String) throws {
        guard try world.files.status(source)?.isDirectory == true else {
            // Whoever changes a file gives its name to another one.
            return try world.files.link(source, target)
        }
        try world.files.makeDirectory(target)
        for name in try world.files.list(source) where name != "work" && name != "lock" {
            try copyTree(source + "/" + name, target + "/" + name)
        }
    }
}

/// The real disk, and a simulated rest.
private final class DiskWorld: World {
    let files: any FileSystem
    private let rest: SimulatedWorld

    init(files: any FileSystem, rest: SimulatedWorld) {
        self.files = files
        self.rest = rest
    }

    var clock: any Clock { rest.clock }
    var random: any RandomSource { rest.random }
    var threads: any ThreadHost { rest.threads }
    var network: any Network { rest.network }
    var processes: any ProcessHost { rest.processes }
}

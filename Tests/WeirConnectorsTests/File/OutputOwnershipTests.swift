import Testing
import WeirConnectors
import WeirCore
import WeirData
import WeirOperators
import WeirSimulation

/// Whose an output directory is, and when results of another job go.
@Suite struct OutputOwnershipTests: FileSinkSuite {
    /// What the directory of an earlier job, number 9, has: rows 0 ..< 3 and the sign of success.
    private func leaveResults(_ world: SimulatedWorld, parallelism: Int = 1) throws {
        let subtasks = try (0..<parallelism).map {
            try sink(world, subtask: Subtask(index: $0, parallelism: parallelism), job: 9)
        }
        try write(subtasks[0], 0..<3)
        for harness in subtasks { _ = try harness.snapshot(1, purpose: .final) }
        for harness in subtasks { try harness.complete(1) }
        #expect(try visible(world).contains("_SUCCESS"))
        world.killProcess()
    }

    @Test("a fresh start over results of another run is refused, or replaces them if told so")
    func otherRun() throws {
        let world = SimulatedWorld(seed: 7)
        try leaveResults(world)
        #expect(code { _ = try sink(world) } == .fileExists)
        #expect(try committed(world) == [0, 1, 2])
        let second = try sink(world) { $0.replacesExisting = true }
        try write(second, 5..<7)
        _ = try second.snapshot(1, isAborted: true)
        try second.operator.checkpointAborted(CheckpointID(1))
        // Nothing is lost before there is something better.
        #expect(try committed(world) == [0, 1, 2])
        #expect(try visible(world).contains("_SUCCESS"))
        _ = try second.snapshot(2)
        try second.complete(2)
        #expect(try visible(world) == ["part-1-0-0.csv"])
        #expect(try committed(world) == [5, 6])
    }

    @Test("results of another run go with the first commit also if it has no rows")
    func emptyFirstCommit() throws {
        let world = SimulatedWorld(seed: 11)
        try leaveResults(world, parallelism: 3)
        let second = try sink(world) { $0.replacesExisting = true }
        _ = try second.snapshot(1)
        try second.complete(1)
        #expect(try visible(world) == [])
    }

    @Test(
        "killed anywhere while it replaces others' results, a sink restores to its own only",
        arguments: 0..<60
    )
    func replacementIsCrashSafe(seed: UInt64) throws {
        let world = SimulatedWorld(seed: seed)
        var random = RandomValues(seed: seed)
        try leaveResults(world, parallelism: 1 + random.below(3))
        let parallelism = 1 + random.below(3)
        var subtasks = try (0..<parallelism).map {
            try sink(world, subtask: Subtask(index: $0, parallelism: parallelism)) {
                $0.replacesExisting = true
            }
        }
        var state: [OperatorStateEntry] = []
        var written = 100
        let epochs = UInt64(1 + random.below(2))
        for epoch in 1...epochs {
            for harness in subtasks {
                let count = random.below(4)
                try write(harness, written..<(written + count))
                written += count
            }
            state = OperatorHarness.merged(try subtasks.map { try $0.snapshot(epoch) })
            // The checkpoint is durable; not all commits are done, and the last in part.
            for harness in subtasks.prefix(random.below(parallelism + 1)) {
                try harness.complete(epoch)
            }
        }
        world.disk.cutPower(atOperation: random.below(12))
        for harness in subtasks { try? harness.complete(epochs) }
        subtasks = []
        world.cutPower()
        let next = 1 + random.below(3)
        for round in 0..<2 {
            for index in 0..<next {
                _ = try sink(
                    world,
                    subtask: Subtask(index: index, parallelism: next),
                    checkpoint: epochs,
                    restored: state
                )
            }
            #expect(
                try committed(world).sorted() == Array(100..<written),
                "seed \(seed), round \(round)"
            )
            #expect(try visible(world).contains("_SUCCESS") == false)
            world.cutPower()
        }
    }

    @Test(
        "a job that goes on from another's snapshot keeps what only some of its subtasks had committed",
        arguments: 0..<60
    )
    func partlyCommitted(seed: UInt64) throws {
        let world = SimulatedWorld(seed: seed)
        var random = RandomValues(seed: seed)
        var state: [OperatorStateEntry] = []
        var epoch: UInt64 = 0
        var written = 0
        // Jobs that follow one another, each from the snapshot of the one before.
        for job in 1...3 {
            let parallelism = 1 + random.below(4)
            let subtasks = try (0..<parallelism).map {
                try sink(
                    world,
                    subtask: Subtask(index: $0, parallelism: parallelism),
                    job: UInt64(job),
                    checkpoint: epoch,
                    restored: state
                )
            }
            for _ in 0..<(1 + random.below(3)) {
                epoch += 1
                for harness in subtasks {
                    let count = random.below(4)
                    try write(harness, written..<(written + count))
                    written += count
                }
                state = OperatorHarness.merged(try subtasks.map { try $0.snapshot(epoch) })
                for harness in subtasks where random.below(2) == 0 { try harness.complete(epoch) }
            }
            world.killProcess()
        }
        let last = try sink(world, job: 4, checkpoint: epoch, restored: state)
        _ = try last.snapshot(epoch + 1)
        try last.complete(epoch + 1)
        #expect(try committed(world).sorted() == Array(0..<written), "seed \(seed)")
    }

    @Test("what is known of earlier jobs does not multiply while no job of a chain commits")
    func longChain() throws {
        let world = SimulatedWorld(seed: 14)
        var state: [OperatorStateEntry] = []
        var sizes: [Int] = []
        for job in 1...9 {
            let parallelism = [4, 3, 2][job % 3]
            let subtasks = try (0..<parallelism).map {
                try sink(
                    world,
                    subtask: Subtask(index: $0, parallelism: parallelism),
                    job: UInt64(job),
                    checkpoint: UInt64(job - 1),
                    restored: state
                )
            }
            try write(subtasks[0], job..<(job + 1))
            let epoch = UInt64(job)
            state = OperatorHarness.merged(try subtasks.map { try $0.snapshot(epoch) })
            // In the first job some subtasks commit, in the others nobody does.
            if job == 1 { try subtasks[1].complete(1) }
            sizes.append(state.reduce(0) { $0 + $1.elements.reduce(0) { $0 + $1.count } })
            world.killProcess()
        }
        let last = try sink(world, job: 10, checkpoint: 9, restored: state)
        _ = try last.snapshot(10)
        try last.complete(10)
        #expect(try committed(world).sorted() == Array(1..<10))
        // Numbers have twelve remainders by 4, 3 and 2: no more bounds for each of four subtasks.
        #expect(sizes[8] < 2 * sizes[5], "\(sizes)")
        #expect(sizes[8] < 8000, "\(sizes)")
    }

    @Test("a directory that another live job writes into is refused; its results stay")
    func twoJobs() throws {
        let world = SimulatedWorld(seed: 12)
        let first = try sink(world)
        try write(first, 0..<3)
        _ = try first.snapshot(1)
        try first.complete(1)
        #expect(
            code { _ = try sink(world, job: 2) { $0.replacesExisting = true } } == .outputInUse
        )
        try write(first, 3..<5)
        let state = try first.snapshot(2)
        // Also one that goes on from the other's checkpoint.
        #expect(
            code { _ = try sink(world, job: 2, checkpoint: 2, restored: state) } == .outputInUse
        )
        try first.complete(2)
        #expect(try committed(world) == Array(0..<5))
        // The end of an attempt is not that of the job.
        first.operator.close()
        #expect(
            code { _ = try sink(world, job: 2, checkpoint: 2, restored: state) } == .outputInUse
        )
        first.endJob()
        _ = try sink(world, job: 2, checkpoint: 2, restored: state)
        #expect(try committed(world) == Array(0..<5))
        #expect(try world.files.list("/out").filter { $0.hasPrefix(".lock-") }.count == 1)
    }

    @Test("a job waits a little for the one before it, whose end is told before its processes end")
    func lateEnd() throws {
        let world = SimulatedWorld(seed: 15)
        try world.files.makeDirectory("/out")
        // Another process of the node still has what another job's worker holds.
        let other = world.makeProcess(node: world.node)
        let held = try #require(try other.files.lock("/out/.lock-other", .shared))
        let end = world.clock.monotonicNanoseconds() + 1_000_000_000
        _ = other.threads.run(name: "late", parker: other.threads.makeParker()) {
            Release(held, other, at: end)
        }
        _ = try sink(world)
        let waited = world.clock.monotonicNanoseconds() - end
        #expect(waited >= 0 && waited < 100_000_000)
    }

    @Test("a job does not go on where its results were replaced or removed, or are others'")
    func ownership() throws {
        let world = SimulatedWorld(seed: 13)
        let first = try sink(world)
        try write(first, 0..<3)
        _ = try first.snapshot(1)
        try first.complete(1)
        try write(first, 3..<6)
        let state = try first.snapshot(2)
        try first.complete(2)
        let later = try first.snapshot(3)
        world.killProcess()
        // Readers may take committed files away.
        try world.files.remove("/out/part-1-0-0.csv")
        _ = try sink(world, checkpoint: 3, restored: later)
        world.killProcess()
        let second = try sink(world, job: 2) { $0.replacesExisting = true }
        try write(second, 7..<9)
        for epoch in 1...4 {
            _ = try second.snapshot(UInt64(epoch))
            try second.complete(UInt64(epoch))
        }
        world.killProcess()
        for states in [(2, state), (3, later)] {
            #expect(
                code {
                    _ = try sink(world, checkpoint: UInt64(states.0), restored: states.1)
                } == .outputMissing
            )
        }
        #expect(try committed(world) == [7, 8])
        try world.files.removeTree("/out")
        #expect(code { _ = try sink(world, checkpoint: 3, restored: later) } == .outputMissing)
    }

    @Test("what was committed belongs to its readers, also what the checkpoint still promises")
    func readers() throws {
        let world = SimulatedWorld(seed: 15)
        let first = try sink(world)
        var states: [[OperatorStateEntry]] = []
        for epoch in 1...3 {
            try write(first, (epoch * 10)..<(epoch * 10 + 10))
            states.append(try first.snapshot(UInt64(epoch)))
            if epoch < 3 { try first.complete(UInt64(epoch)) }
        }
        world.killProcess()
        try world.files.remove("/out/part-1-0-0.csv")
        try world.files.remove("/out/part-2-0-0.csv")
        // Its checkpoint is not the newest: nothing is missed, and the third is withdrawn.
        _ = try sink(world, attempt: 10, checkpoint: 2, restored: states[1])
        #expect(try committed(world) == [])
        world.killProcess()
        // What has never been committed is missed.
        #expect(
            code { _ = try sink(world, attempt: 11, checkpoint: 3, restored: states[2]) }
                == .outputMissing
        )
        #expect(try visible(world) == [])
    }

    @Test("a file that is not whole is not committed")
    func cut() throws {
        let world = SimulatedWorld(seed: 16)
        let first = try sink(world)
        try write(first, 0..<30)
        let state = try first.snapshot(1)
        world.killProcess()
        let hidden = try #require(
            try world.files.list("/out").first { $0.hasSuffix(".inprogress") }
        )
        try world.files.open("/out/" + hidden, .readWrite).truncate(to: 20)
        #expect(code { _ = try sink(world, checkpoint: 1, restored: state) } == .outputMissing)
    }

    /// Job 1 with checkpoints 1, 2 and 3, all committed, ten rows each; the process has ended.
    private func leaveThree(_ world: SimulatedWorld) throws -> [[OperatorStateEntry]] {
        let first = try sink(world)
        var states: [[OperatorStateEntry]] = []
        for epoch in 1...3 {
            try write(first, (epoch * 10)..<(epoch * 10 + 10))
            states.append(try first.snapshot(UInt64(epoch)))
            try first.complete(UInt64(epoch))
        }
        world.killProcess()
        return states
    }

    @Test("another job's snapshot: its results become the new job's with the first commit")
    func fork() throws {
        let world = SimulatedWorld(seed: 17)
        let states = try leaveThree(world)
        let second = try sink(world, job: 2, checkpoint: 2, restored: states[1])
        // Until then the first job can go on.
        #expect(try committed(world) == Array(10..<40))
        try write(second, 100..<110)
        let own = try second.snapshot(3)
        try second.complete(3)
        #expect(try committed(world) == Array(10..<30) + Array(100..<110))
        world.killProcess()
        #expect(
            code { _ = try sink(world, attempt: 9, checkpoint: 3, restored: states[2]) }
                == .outputMissing
        )
        #expect(try committed(world) == Array(10..<30) + Array(100..<110))
        // The second one goes on, or goes back to the snapshot that it began with.
        _ = try sink(world, job: 2, attempt: 10, checkpoint: 3, restored: own)
        #expect(try committed(world) == Array(10..<30) + Array(100..<110))
        world.killProcess()
        _ = try sink(world, job: 2, attempt: 11, checkpoint: 2, restored: states[1])
        #expect(try committed(world) == Array(10..<30))
    }

    @Test("another job's snapshot may go on in an empty directory, its own may not")
    func elsewhere() throws {
        let world = SimulatedWorld(seed: 18)
        let states = try leaveThree(world)
        try world.files.rename("/out", "/before")
        #expect(
            code { _ = try sink(world, attempt: 9, checkpoint: 3, restored: states[2]) }
                == .outputMissing
        )
        let second = try sink(world, job: 2, checkpoint: 3, restored: states[2])
        try write(second, 100..<105)
        _ = try second.snapshot(4)
        try second.complete(4)
        #expect(try committed(world) == Array(100..<105))
    }

    @Test("a job that was replaced does not come back by its first checkpoint")
    func firstCheckpoint() throws {
        let world = SimulatedWorld(seed: 19)
        let first = try sink(world)
        try write(first, 0..<5)
        let state = try first.snapshot(1)
        try first.complete(1)
        world.killProcess()
        let second = try sink(world, job: 2) { $0.replacesExisting = true }
        try write(second, 50..<55)
        _ = try second.snapshot(1, purpose: .final)
        try second.complete(1)
        world.killProcess()
        #expect(code { _ = try sink(world, checkpoint: 1, restored: state) } == .outputMissing)
        #expect(try committed(world) == Array(50..<55))
        #expect(try visible(world).contains("_SUCCESS"))
    }

    @Test("a fresh start leaves what the job's checkpoint still promises")
    func freshBesidePromised() throws {
        let world = SimulatedWorld(seed: 20)
        let first = try sink(world)
        try write(first, 0..<5)
        let state = try first.snapshot(1)
        world.killProcess()
        let fresh = try sink(world, attempt: 7) { $0.replacesExisting = true }
        try write(fresh, 50..<55)
        fresh.operator.close()
        // Of the attempt that ended without a checkpoint nothing is left.
        #expect(try world.files.list("/out").count { $0.hasSuffix(".inprogress") } == 1)
        world.killProcess()
        _ = try sink(world, attempt: 8, checkpoint: 1, restored: state)
        #expect(try committed(world) == Array(0..<5))
    }

    @Test("a sink that a checkpoint knows nothing of does not replace what it finds")
    func newSink() throws {
        let world = SimulatedWorld(seed: 14)
        try leaveResults(world)
        #expect(
            code { _ = try sink(world, checkpoint: 4) { $0.replacesExisting = true } }
                == .fileExists
        )
        #expect(try committed(world) == [0, 1, 2])
    }
}

/// Gives a lock up at a moment.
private final class Release: Steppable {
    private let held: any FileLock
    private let world: SimulatedWorld
    private let end: Int64

    init(_ held: any FileLock, _ world: SimulatedWorld, at end: Int64) {
        self.held = held
        self.world = world
        self.end = end
    }

    func step() -> StepOutcome {
        guard world.clock.monotonicNanoseconds() >= end else { return .park(until: end) }
        held.release()
        return .finished
    }
}

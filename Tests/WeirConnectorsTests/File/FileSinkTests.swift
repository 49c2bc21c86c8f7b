import Testing
import WeirConnectors
import WeirCore
import WeirData
import WeirOperators
import WeirSimulation

@Suite struct FileSinkTests {
    private let schema = Schema([ColumnDescriptor("a", id: 1, .int64)])

    private func sink(
        _ world: SimulatedWorld,
        subtask: Subtask = Subtask(index: 0, parallelism: 1),
        checkpoint: UInt64 = 0,
        restored: [OperatorStateEntry] = [],
        _ change: (inout FileSinkOptions) -> Void = { _ in }
    ) throws -> OperatorHarness {
        var options = FileSinkOptions("/out", format: .csv(CSVOptions()))
        change(&options)
        return try OperatorHarness(
            FileSink(options, schema: schema),
            world,
            subtask: subtask,
            attempt: checkpoint + 1,
            checkpoint: checkpoint,
            restored: restored
        )
    }

    private func write(_ harness: OperatorHarness, _ numbers: Range<Int>) throws {
        let batch = Batch(schema, capacity: max(1, numbers.count))
        for number in numbers { try batch.append([.integer(Int64(number))]) }
        #expect(try harness.operator.process(batch, from: 0, input: 0) == .consumed)
    }

    /// The numbers in the committed files, in order of the files' names.
    private func committed(_ world: SimulatedWorld) throws -> [Int] {
        try world.files.list("/out").filter { $0.hasPrefix("part-") }.flatMap { name in
            String(decoding: try world.files.readAll("/out/" + name), as: UTF8.self)
                .split(separator: "\n").dropFirst().compactMap { Int($0) }
        }
    }

    @Test("rows appear when their checkpoint completes, not before")
    func commit() throws {
        let world = SimulatedWorld(seed: 1)
        let harness = try sink(world)
        try write(harness, 0..<10)
        _ = try harness.snapshot(1)
        try write(harness, 10..<20)
        #expect(try committed(world) == [])
        try harness.complete(1)
        #expect(try committed(world) == Array(0..<10))
        #expect(try world.files.list("/out").contains("part-1-0-0.csv"))
        _ = try harness.snapshot(2, purpose: .final)
        #expect(harness.operator.hasPendingWork == false)
        try harness.operator.checkpointCompleted(CheckpointID(2))
        #expect(harness.operator.hasPendingWork)
        try harness.runBackground()
        #expect(try committed(world) == Array(0..<20))
        #expect(try world.files.list("/out").contains("_SUCCESS"))
    }

    @Test("files are closed at their size and at their number of rows")
    func rolling() throws {
        let world = SimulatedWorld(seed: 2)
        let harness = try sink(world) { $0.rollRows = 3 }
        try write(harness, 0..<8)
        _ = try harness.snapshot(1)
        try harness.complete(1)
        #expect(try committed(world) == Array(0..<8))
        #expect(
            try world.files.list("/out") == ["part-1-0-0.csv", "part-1-0-1.csv", "part-1-0-2.csv"]
        )
        let small = try sink(SimulatedWorld(seed: 3)) { $0.rollBytes = 4 }
        try write(small, 0..<5)
        _ = try small.snapshot(1)
    }

    @Test("an aborted checkpoint's files are committed by the next one")
    func aborted() throws {
        let world = SimulatedWorld(seed: 4)
        let harness = try sink(world)
        try write(harness, 0..<3)
        _ = try harness.snapshot(1, isAborted: true)
        try harness.operator.checkpointAborted(CheckpointID(1))
        try write(harness, 3..<6)
        let state = try harness.snapshot(2)
        world.cutPower()
        _ = try sink(world, checkpoint: 2, restored: state)
        #expect(try committed(world) == Array(0..<6))
    }

    @Test("after a kill anywhere, output is what the restored checkpoint says", arguments: 0..<60)
    func kills(seed: UInt64) throws {
        let world = SimulatedWorld(seed: seed)
        var random = RandomValues(seed: seed)
        var parallelism = 1 + random.below(3)
        var checkpoint: UInt64 = 0
        var state: [OperatorStateEntry] = []
        var position = 0
        var attempt = 0
        while attempt < 8 || position < 60 {
            attempt += 1
            let subtasks = try (0..<parallelism).map {
                try sink(
                    world,
                    subtask: Subtask(index: $0, parallelism: parallelism),
                    checkpoint: checkpoint,
                    restored: state
                ) { $0.rollRows = 4 }
            }
            // A restore shows exactly the rows of its checkpoint.
            #expect(try committed(world).sorted() == Array(0..<position), "seed \(seed)")
            var written = position
            var next = checkpoint
            for _ in 0..<(1 + random.below(4)) {
                for harness in subtasks {
                    let count = random.below(12)
                    try write(harness, written..<(written + count))
                    written += count
                }
                next += 1
                let isAborted = random.chance(25)
                let entries = try subtasks.map { try $0.snapshot(next, isAborted: isAborted) }
                if isAborted {
                    for harness in subtasks {
                        try harness.operator.checkpointAborted(CheckpointID(next))
                    }
                    continue
                }
                // The checkpoint is durable from here on.
                checkpoint = next
                state = OperatorHarness.merged(entries)
                position = written
                let reached = random.below(subtasks.count + 1)
                for harness in subtasks.prefix(reached) { try harness.complete(next) }
                if reached < subtasks.count { break }
            }
            if random.chance(50) { world.cutPower() } else { world.killProcess() }
            parallelism = 1 + random.below(3)
        }
    }

    @Test("falling back to an older checkpoint withdraws what was committed later")
    func fallback() throws {
        let world = SimulatedWorld(seed: 5)
        let harness = try sink(world)
        var states: [[OperatorStateEntry]] = []
        for epoch in 1...3 {
            try write(harness, (epoch * 10)..<(epoch * 10 + 10))
            states.append(try harness.snapshot(UInt64(epoch)))
            try harness.complete(UInt64(epoch))
        }
        #expect(try committed(world) == Array(10..<40))
        _ = try sink(world, checkpoint: 1, restored: states[0])
        #expect(try committed(world) == Array(10..<20))
    }

    @Test("a promised file that is gone is an error, not silence")
    func lost() throws {
        let world = SimulatedWorld(seed: 6)
        let harness = try sink(world)
        try write(harness, 0..<3)
        let state = try harness.snapshot(1)
        try world.files.removeTree("/out")
        #expect {
            try sink(world, checkpoint: 1, restored: state)
        } throws: {
            ($0 as? WeirError)?.code == .outputMissing
        }
    }

    @Test("a fresh start over results of another run is refused, or replaces them if told so")
    func otherRun() throws {
        let world = SimulatedWorld(seed: 7)
        let harness = try sink(world)
        try write(harness, 0..<3)
        _ = try harness.snapshot(1)
        try harness.complete(1)
        #expect {
            try sink(world)
        } throws: {
            ($0 as? WeirError)?.code == .fileExists
        }
        _ = try sink(world) { $0.replacesExisting = true }
        #expect(try committed(world) == [])
    }

    @Test("only the last subtask to finish says that all is there")
    func success() throws {
        let world = SimulatedWorld(seed: 8)
        let subtasks = try (0..<2).map {
            try sink(world, subtask: Subtask(index: $0, parallelism: 2))
        }
        for harness in subtasks { _ = try harness.snapshot(1, purpose: .final) }
        try subtasks[0].complete(1)
        #expect(try world.files.list("/out").contains("_SUCCESS") == false)
        try subtasks[1].complete(1)
        #expect(try world.files.list("/out").contains("_SUCCESS"))
    }

    @Test("the snapshot of version 1 has these bytes")
    func golden() throws {
        let world = SimulatedWorld(seed: 10)
        let harness = try sink(world)
        try write(harness, 0..<1)
        let element = try #require(try harness.snapshot(258).first?.elements.first)
        let hidden = try #require(try world.files.list("/out").first)
        var writer = ByteWriter()
        writer.append(byte: 1)
        writer.append(integer: UInt64(258))
        writer.append(string: hidden)
        writer.append(string: "part-258-0-0.csv")
        writer.append(count: 4)
        #expect(element == writer.array)
    }

    @Test("rows printed are text, with the subtask's number if there are several")
    func printing() throws {
        let world = SimulatedWorld(seed: 9)
        let harness = try OperatorHarness(
            PrintSink(),
            world,
            subtask: Subtask(index: 1, parallelism: 2)
        )
        try write(harness, 0..<2)
        #expect(world.process.outputText == "2> +I[0]\n2> +I[1]\n")
    }
}

import Testing
import WeirConnectors
import WeirCore
import WeirData
import WeirOperators
import WeirSimulation

@Suite struct FileSinkTests: FileSinkSuite {
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
            try visible(world) == ["part-1-0-0.csv", "part-1-0-1.csv", "part-1-0-2.csv"]
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
                    attempt: UInt64(attempt),
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

    @Test("the snapshot of version 1, and a claim of version 2, have these bytes")
    func golden() throws {
        let world = SimulatedWorld(seed: 10)
        let harness = try sink(world)
        try write(harness, 0..<1)
        let state = try harness.snapshot(258)
        let element = try #require(state.first?.elements.first)
        let hidden = try #require(
            try world.files.list("/out").first { $0.hasSuffix(".inprogress") }
        )
        var writer = ByteWriter()
        writer.append(byte: 1)
        writer.append(integer: UInt64(258))
        writer.append(string: hidden)
        writer.append(string: "part-258-0-0.csv")
        writer.append(count: 4)
        #expect(element == writer.array)
        var claim = ByteWriter()
        claim.append(byte: 2)
        claim.append(string: "00000000000000000000000000000001")
        claim.append(string: "")
        claim.append(count: 1)
        claim.append(integer: UInt64(0))
        claim.append(count: 0)
        claim.append(count: 0)
        claim.append(count: 1)
        claim.append(byte: 1)
        #expect(state.last?.name == "claim")
        #expect(state.last?.elements == [claim.array])
    }

    @Test("a claim of version 1 is read")
    func formerClaim() throws {
        var bytes = ByteWriter()
        bytes.append(byte: 1)
        bytes.append(string: "a")
        bytes.append(string: "b")
        bytes.append(integer: UInt64(7))
        bytes.append(count: 2)
        bytes.append(count: 3)
        bytes.append(byte: 1)
        let claim = try OutputClaim(encoded: bytes.array)
        let subtask = Subtask(index: 2, parallelism: 3)
        let same = OutputClaim(owner: "a", former: "b", after: 7, subtask: subtask, isPending: true)
        #expect(claim == same)
        #expect(claim.after(of: 5) == 7)
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

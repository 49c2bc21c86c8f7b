import Testing
import WeirConnectors
import WeirCore
import WeirData
import WeirOperators
import WeirSimulation

/// What tests of the file sink share: a sink into `/out`, and what is there.
protocol FileSinkSuite {}

extension FileSinkSuite {
    var schema: Schema { Schema([ColumnDescriptor("a", id: 1, .int64)]) }

    func sink(
        _ world: SimulatedWorld,
        subtask: Subtask = Subtask(index: 0, parallelism: 1),
        job: UInt64 = 1,
        attempt: UInt64? = nil,
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
            job: JobScope(JobID(number: job)),
            attempt: attempt ?? checkpoint + 1,
            checkpoint: checkpoint,
            restored: restored
        )
    }

    func write(_ harness: OperatorHarness, _ numbers: Range<Int>) throws {
        let batch = Batch(schema, capacity: max(1, numbers.count))
        for number in numbers { try batch.append([.integer(Int64(number))]) }
        #expect(try harness.operator.process(batch, from: 0, input: 0) == .consumed)
    }

    /// The numbers in the committed files, in order of the files' names.
    func committed(_ world: SimulatedWorld) throws -> [Int] {
        try world.files.list("/out").filter { $0.hasPrefix("part-") }.flatMap { name in
            String(decoding: try world.files.readAll("/out/" + name), as: UTF8.self)
                .split(separator: "\n").dropFirst().compactMap { Int($0) }
        }
    }

    func visible(_ world: SimulatedWorld) throws -> [String] {
        try world.files.list("/out").filter { !$0.hasPrefix(".") }
    }

    func code(_ body: () throws -> Void) -> ErrorCode? {
        do { try body() } catch { return (error as? WeirError)?.code }
        return nil
    }
}

import Testing
import WeirConnectors
import WeirCore
import WeirData
import WeirOperators

@Suite("Generated rows")
struct DatagenSourceTests {
    private let schema = Schema([
        ColumnDescriptor("id", id: 1, .int64),
        ColumnDescriptor("key", id: 2, .int32),
        ColumnDescriptor("amount", id: 3, .double, isNullable: true),
        ColumnDescriptor("note", id: 4, .string),
        ColumnDescriptor("at", id: 5, .timestamp(precision: 3, isLocalZone: false)),
    ])

    private func configuration(_ rowCount: Int64?) -> DatagenConfiguration {
        DatagenConfiguration(
            schema,
            [
                DatagenField("id", .sequence(start: 100)),
                DatagenField("key", .integers(1...10)),
                DatagenField("amount", .numbers(-1...1), nullRate: 0.25),
                DatagenField("note", .text(length: 20)),
                DatagenField("at", .eventTime),
            ],
            rowCount: rowCount
        )
    }

    private func rows(
        _ configuration: DatagenConfiguration,
        batchCapacity: Int = 1024
    ) throws -> [SourceHarness.Row] {
        let harness = try SourceHarness(
            DatagenSource(configuration),
            configuration.schema,
            batchCapacity: batchCapacity
        )
        #expect(try harness.run() == .finished)
        return harness.rows
    }

    private func refusal(_ configuration: DatagenConfiguration) -> WeirError? {
        #expect(throws: WeirError.self) { try DatagenSource(configuration) }
    }

    @Test(
        "event time runs by rate, whole milliseconds a row or not",
        arguments: [
            (500, [0, 2, 4, 6]), (3000, [0, 0, 0, 1]), (400, [0, 2, 5, 7]),
            (10, [0, 100, 200, 300]),
        ] as [(Double, [Int])]
    )
    func eventTimes(rowsPerSecond: Double, expected: [Int]) throws {
        var paced = configuration(4)
        paced.rowsPerEventSecond = rowsPerSecond
        let times = try rows(paced).map { $0.text.split(separator: "\t").last.flatMap { Int($0) } }
        #expect(times == expected)
    }

    @Test("sequences count, random values stay in their range, NULLs have their rate")
    func values() throws {
        let fields = try rows(configuration(10_000)).map {
            $0.text.split(separator: "\t", omittingEmptySubsequences: false)
        }
        #expect(fields.map { Int($0[0]) } == (100..<10_100).map { $0 })
        #expect(Set(fields.compactMap { Int($0[1]) }) == Set(1...10))
        let amounts = fields.compactMap { Double($0[2]) }
        #expect(amounts.allSatisfy { (-1...1).contains($0) })
        #expect((2200...2800).contains(10_000 - amounts.count))
        #expect(fields.allSatisfy { $0[3].utf8.count == 20 })
        #expect(Set(fields.map { $0[3] }).count == 10_000)
        #expect(fields.map { Int($0[4]) } == (0..<10_000).map { $0 })
    }

    @Test("the shortest sequence ends the source")
    func sequenceEnds() throws {
        var bounded = configuration(nil)
        bounded.fields[0] = DatagenField("id", .sequence(start: 5, end: 14))
        #expect(try rows(bounded).count == 10)
        bounded.rowCount = 3
        #expect(try rows(bounded).count == 3)
    }

    @Test("rows do not depend on batch capacity, splits or parallelism")
    func partitions() throws {
        let expected = try rows(configuration(3001))
        #expect(try rows(configuration(3001), batchCapacity: 7) == expected)
        for (splitCount, parallelism) in [(1, 2), (3, 2), (4, 4), (2, 5)] {
            var split = configuration(3001)
            split.splitCount = splitCount
            var texts: [String] = []
            for index in 0..<parallelism {
                let harness = try SourceHarness(
                    DatagenSource(split),
                    schema,
                    subtask: Subtask(index: index, parallelism: parallelism)
                )
                #expect(try harness.run() == .finished)
                texts += harness.rows.map(\.text)
            }
            #expect(texts.sorted() == expected.map(\.text).sorted())
        }
    }

    @Test("a snapshot at any position resumes with the rows that follow, at any parallelism")
    func resume() throws {
        let expected = try rows(configuration(1000)).map(\.text).sorted()
        for polls in 0...12 {
            let first = try SourceHarness(
                DatagenSource(configuration(1000)),
                schema,
                subtask: Subtask(index: 0, parallelism: 2),
                batchCapacity: 50
            )
            try first.run(polls)
            let second = try SourceHarness(
                DatagenSource(configuration(1000)),
                schema,
                subtask: Subtask(index: 1, parallelism: 2),
                batchCapacity: 30
            )
            try second.run(polls)
            let union = SourceHarness.union([try first.snapshot(), try second.snapshot()])
            for parallelism in [1, 3] {
                var texts = first.rows.map(\.text) + second.rows.map(\.text)
                for index in 0..<parallelism {
                    let harness = try SourceHarness(
                        DatagenSource(configuration(1000)),
                        schema,
                        subtask: Subtask(index: index, parallelism: parallelism),
                        restored: union
                    )
                    try harness.run()
                    texts += harness.rows.map(\.text)
                }
                #expect(texts.sorted() == expected)
            }
        }
    }

    @Test("lateness after a restore is what it was without one")
    func latenessIsRestored() throws {
        var disordered = configuration(5000)
        disordered.disorderMilliseconds = 100
        let strategy = WatermarkStrategy.boundedDisorder(milliseconds: 20)
        let whole = try SourceHarness(
            DatagenSource(disordered, watermarks: strategy),
            schema,
            batchCapacity: 64
        )
        try whole.run()
        #expect(whole.rows.contains { $0.eventTime <= $0.splitWatermark })
        let first = try SourceHarness(
            DatagenSource(disordered, watermarks: strategy),
            schema,
            batchCapacity: 100
        )
        try first.run(9)
        let second = try SourceHarness(
            DatagenSource(disordered, watermarks: strategy),
            schema,
            restored: try first.snapshot()
        )
        try second.run()
        #expect(first.rows + second.rows == whole.rows)
    }

    @Test("times are out of order by at most the disorder, and by default no row is late")
    func disorder() throws {
        var disordered = configuration(5000)
        disordered.disorderMilliseconds = 100
        let harness = try SourceHarness(DatagenSource(disordered), schema)
        try harness.run()
        for (number, row) in harness.rows.enumerated() {
            #expect((Int64(number) - 100...Int64(number)).contains(row.eventTime))
            #expect(row.eventTime > row.splitWatermark)
        }
        #expect(harness.rows.map(\.eventTime) != harness.rows.map(\.eventTime).sorted())
    }

    @Test("another seed gives other values, the same seed the same")
    func seeds() throws {
        var other = configuration(100)
        other.seed = 1
        #expect(try rows(other) == rows(other))
        #expect(try rows(other).map(\.text) != rows(configuration(100)).map(\.text))
    }

    @Test("rows per second are kept by the clock")
    func pace() throws {
        var paced = configuration(nil)
        paced.rowsPerSecond = 100
        let harness = try SourceHarness(DatagenSource(paced), schema)
        guard case .waiting(let until?) = try harness.run() else {
            Issue.record("the source does not wait")
            return
        }
        #expect(harness.rows.count == 1)
        harness.world.manualClock.advance(
            .nanoseconds(until - harness.world.manualClock.monotonicNanoseconds())
        )
        try harness.run()
        #expect(harness.rows.count == 2)
        harness.world.manualClock.advance(.seconds(10))
        try harness.run()
        #expect(harness.rows.count == 1002)
    }

    @Test("every type has random values, in the range of the type")
    func types() throws {
        let types: [LogicalType] = [
            .boolean, .int8, .int16, .int32, .int64, .float, .double,
            .decimal(precision: 10, scale: 2), .decimal(precision: 38, scale: 0), .string, .bytes,
            .date, .time(precision: 3), .timestamp(precision: 3, isLocalZone: false),
            .timestamp(precision: 6, isLocalZone: true),
            .timestamp(precision: 9, isLocalZone: false), .monthInterval, .dayTimeInterval,
        ]
        let all = Schema(
            types.enumerated().map { ColumnDescriptor("c\($0)", id: $0 + 1, $1, isNullable: true) }
        )
        let lines = try rows(DatagenConfiguration(all, rowCount: 1000)).map {
            $0.text.split(separator: "\t", omittingEmptySubsequences: false)
        }
        for (index, type) in types.enumerated() {
            let distinct = Set(lines.map { $0[index] })
            let least = type == .boolean ? 2 : type == .int8 ? 200 : 990
            #expect(distinct.count >= least, "\(type)")
        }
        let digits = lines.compactMap { Int128($0[7]) }
        #expect(digits.allSatisfy { abs($0) < 10_000_000_000 && $0 % 100 == 0 })
    }

    @Test("what cannot be made is refused with the column's name")
    func refused() {
        func expect(_ fields: [DatagenField], _ part: String) {
            var bad = configuration(10)
            bad.fields = fields
            let error = refusal(bad)
            #expect(error?.code == .badValue)
            #expect(error.map { "\($0)".contains(part) } == true, "\(String(describing: error))")
        }
        expect([DatagenField("amuont", .random)], "Did you mean amount?")
        expect([DatagenField("key", .integers(0...(1 << 40)))], "column key")
        expect([DatagenField("key", .text(length: 3))], "column key")
        expect([DatagenField("key", .random, nullRate: 0.5)], "NOT NULL")
        expect([DatagenField("amount", .random, nullRate: 1.5)], "null rate of amount")
        expect([DatagenField("note", .text(length: -1))], "column note")
        expect([DatagenField("id", .sequence(start: 5, end: 4))], "column id")
        expect([DatagenField("note", .eventTime)], "column note")
        expect([DatagenField("amount", .numbers(0...Double.infinity))], "column amount")
        var bad = configuration(10)
        bad.rowsPerSecond = 0
        #expect(refusal(bad)?.code == .badValue)
        bad = configuration(10)
        bad.schema = Schema([ColumnDescriptor("list", id: 1, .array(.int32))])
        bad.fields = []
        #expect(refusal(bad)?.code == .badValue)
    }
}

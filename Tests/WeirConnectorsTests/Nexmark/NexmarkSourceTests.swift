import Testing
import WeirConnectors
import WeirCore
import WeirData
import WeirOperators

@Suite("The Nexmark source")
struct NexmarkSourceTests {
    private func bounded(_ count: Int64, _ table: NexmarkTable = .all) -> NexmarkConfiguration {
        var configuration = NexmarkConfiguration()
        configuration.eventCount = count
        configuration.table = table
        return configuration
    }

    private func rows(
        _ configuration: NexmarkConfiguration,
        batchCapacity: Int = 1024
    ) throws -> [SourceHarness.Row] {
        let harness = try SourceHarness(
            NexmarkSource(configuration),
            NexmarkSource.schema(configuration.table),
            batchCapacity: batchCapacity
        )
        #expect(try harness.run() == .finished)
        return harness.rows
    }

    @Test("of 50 events one is a person, three are auctions, 46 are bids")
    func proportions() throws {
        #expect(try rows(bounded(5000, .all)).count == 5000)
        #expect(try rows(bounded(5000, .person)).count == 100)
        #expect(try rows(bounded(5000, .auction)).count == 300)
        #expect(try rows(bounded(5000, .bid)).count == 4600)
    }

    @Test("the tables of one kind hold what the combined table holds of it")
    func tablesAgree() throws {
        let all = try rows(bounded(5000)).map { $0.text.split(separator: "\t").dropFirst() }
        let kinds: [(NexmarkTable, Int)] = [(.person, 8), (.auction, 10), (.bid, 7)]
        for (table, columnCount) in kinds {
            let own = try rows(bounded(5000, table)).map { $0.text.split(separator: "\t")[...] }
            #expect(own == all.filter { $0.count == columnCount })
        }
    }

    @Test("rows do not depend on the batch capacity", arguments: [1, 7, 64])
    func batchCapacity(capacity: Int) throws {
        #expect(try rows(bounded(3000), batchCapacity: capacity) == rows(bounded(3000)))
    }

    @Test("any number of splits and subtasks makes the same events", arguments: [1, 2, 3, 7])
    func splits(count: Int) throws {
        var configuration = bounded(10_007)
        let expected = try rows(configuration).map(\.text).sorted()
        configuration.splitCount = count
        for parallelism in [1, 2, 5] {
            var texts: [String] = []
            for index in 0..<parallelism {
                let harness = try SourceHarness(
                    NexmarkSource(configuration),
                    NexmarkEvent.schema,
                    subtask: Subtask(index: index, parallelism: parallelism)
                )
                try harness.run()
                texts += harness.rows.map(\.text)
            }
            #expect(texts.sorted() == expected)
        }
    }

    @Test("a snapshot resumes at another parallelism with no event lost or repeated")
    func rescale() throws {
        let configuration = bounded(20_000)
        let expected = try rows(configuration).map(\.text).sorted()
        var texts: [String] = []
        var snapshots: [[OperatorStateEntry]] = []
        for index in 0..<3 {
            let harness = try SourceHarness(
                NexmarkSource(configuration),
                NexmarkEvent.schema,
                subtask: Subtask(index: index, parallelism: 3),
                batchCapacity: 100
            )
            try harness.run(10 * (index + 1))
            texts += harness.rows.map(\.text)
            snapshots.append(try harness.snapshot())
        }
        let union = SourceHarness.union(snapshots)
        for parallelism in [1, 2, 5] {
            var resumed = texts
            for index in 0..<parallelism {
                let harness = try SourceHarness(
                    NexmarkSource(configuration),
                    NexmarkEvent.schema,
                    subtask: Subtask(index: index, parallelism: parallelism),
                    restored: union
                )
                #expect(try harness.run() == .finished)
                resumed += harness.rows.map(\.text)
            }
            #expect(resumed.sorted() == expected)
        }
    }

    @Test("a snapshot after the end resumes with nothing")
    func resumeAfterEnd() throws {
        let configuration = bounded(1000)
        let harness = try SourceHarness(NexmarkSource(configuration), NexmarkEvent.schema)
        try harness.run()
        let again = try SourceHarness(
            NexmarkSource(configuration),
            NexmarkEvent.schema,
            restored: try harness.snapshot()
        )
        #expect(try again.run() == .finished)
        #expect(again.rows.isEmpty)
    }

    @Test("a snapshot of other proportions, or of other bytes, is refused")
    func hostileState() throws {
        let harness = try SourceHarness(NexmarkSource(bounded(10_000)), NexmarkEvent.schema)
        try harness.run(2)
        let good = try #require(try harness.snapshot().first)
        var other = bounded(10_000)
        other.bidProportion = 10
        other.splitCount = 3
        let bad: [([UInt8], NexmarkConfiguration)] = [
            ([], bounded(1)), ([1, 2, 3], bounded(1)),
            (Array(good.elements[0].dropLast()), bounded(1)),
            ([9] + good.elements[0].dropFirst(), bounded(1)),
            ([1] + [UInt8](repeating: 255, count: 32), bounded(1)),
        ]
        for (bytes, configuration) in bad {
            let entry = OperatorStateEntry(good.name, good.redistribution, [bytes])
            let error = #expect(throws: WeirError.self) {
                try SourceHarness(
                    NexmarkSource(configuration),
                    NexmarkEvent.schema,
                    restored: [entry]
                )
            }
            #expect(error?.code == .incompatibleState)
        }
    }

    @Test("event times ascend, watermarks follow one millisecond behind, and no row is late")
    func ordered() throws {
        let configuration = bounded(50_000)
        let harness = try SourceHarness(NexmarkSource(configuration), NexmarkEvent.schema)
        try harness.run()
        let times = harness.rows.map(\.eventTime)
        #expect(times == times.sorted())
        #expect(times.first == configuration.baseTime)
        #expect(times.last == configuration.baseTime + 49_999 / 10)
        #expect(harness.rows.allSatisfy { $0.splitWatermark < $0.eventTime })
        #expect(harness.watermarks == harness.watermarks.sorted())
    }

    @Test("shuffled groups are out of order, and the default watermarks leave no row late")
    func shuffled() throws {
        var configuration = bounded(50_000)
        configuration.outOfOrderGroupSize = 1000
        let harness = try SourceHarness(NexmarkSource(configuration), NexmarkEvent.schema)
        try harness.run()
        let times = harness.rows.map(\.eventTime)
        #expect(times != times.sorted())
        #expect(harness.rows.allSatisfy { $0.splitWatermark < $0.eventTime })
    }

    @Test("a given strategy decides about lateness, per split and whatever the batches")
    func lateness() throws {
        var configuration = bounded(20_000)
        configuration.outOfOrderGroupSize = 1000
        configuration.splitCount = 2
        func late(_ capacity: Int) throws -> [SourceHarness.Row] {
            let harness = try SourceHarness(
                NexmarkSource(configuration, watermarks: .boundedDisorder(milliseconds: 50)),
                NexmarkEvent.schema,
                batchCapacity: capacity
            )
            try harness.run()
            return harness.rows.filter { $0.eventTime <= $0.splitWatermark }
                .sorted { $0.text < $1.text }
        }
        let found = try late(1024)
        #expect(found.count > 100)
        #expect(try late(10) == found)
    }

    @Test("seed 0 is the published stream; others differ, and repeat")
    func seeds() throws {
        var other = bounded(1000, .bid)
        other.seed = 7
        #expect(try rows(other).map(\.text) != rows(bounded(1000, .bid)).map(\.text))
        #expect(try rows(other) == rows(other))
    }

    @Test("a paced source makes each event when it is due, also after a restore")
    func paced() throws {
        var configuration = NexmarkConfiguration()
        configuration.eventsPerSecond = 1000
        configuration.isPaced = true
        let harness = try SourceHarness(NexmarkSource(configuration), NexmarkEvent.schema)
        let started = harness.world.manualClock.monotonicNanoseconds()
        guard case .waiting(let until?) = try harness.run() else {
            Issue.record("the source does not wait")
            return
        }
        #expect(harness.rows.count == 1)
        #expect(until - started >= 1_000_000 && until - started < 1_001_000)
        harness.world.manualClock.advance(.milliseconds(250))
        try harness.run()
        #expect(harness.rows.count == 251)
        harness.world.manualClock.advance(.nanoseconds(1_000_001))
        try harness.run()
        #expect(harness.rows.count == 252)

        let again = try SourceHarness(
            NexmarkSource(configuration),
            NexmarkEvent.schema,
            restored: try harness.snapshot()
        )
        again.world.manualClock.advance(.seconds(1000))
        try again.run()
        #expect(again.rows.count == 1)
        again.world.manualClock.advance(.milliseconds(10))
        try again.run()
        #expect(again.rows.count == 11)
    }

    @Test("a configuration out of range is refused with the field's name")
    func badConfiguration() {
        var configuration = NexmarkConfiguration()
        configuration.hotAuctionRatio = 0
        let error = #expect(throws: WeirError.self) { try NexmarkSource(configuration) }
        #expect(error?.code == .badValue)
        #expect(error?.message.contains("hot auction ratio") == true)
    }
}

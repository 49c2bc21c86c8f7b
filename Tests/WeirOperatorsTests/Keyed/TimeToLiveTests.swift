import Testing
import WeirCore
import WeirData
import WeirOperators
import WeirSimulation
import WeirState
import WeirTesting

/// Writes the amount into a value, a map and a list, or, if it is 0, reads all three.
private final class Living: KeyedProcessFunction {
    let value: ValueState<Int64>
    let map: MapState<Int64, Int64>
    let list: ListState<Int64>

    init(_ states: KeyedStates, _ lifetime: StateTimeToLive) throws(WeirError) {
        value = try states.value("value", Int64.self, timeToLive: lifetime)
        map = try states.map("map", Int64.self, Int64.self, timeToLive: lifetime)
        list = try states.list("list", Int64.self, timeToLive: lifetime)
    }

    func process(_ click: RowView<Click>, _ context: KeyedContext<Total>) {
        let amount = click[Click.amount]
        if amount > 0 {
            value.value = amount
            map[amount] = amount
            list.append(amount)
            return
        }
        context.emit { row in
            row[Total.user] = click[Click.user]
            row[Total.sum] = value.value ?? 0
            row[Total.start] = map.entries.reduce(0) { $0 + $1.value }
            row[Total.end] = list.values.reduce(0, +)
        }
    }
}

@Suite("Time to live")
struct TimeToLiveTests {
    private func harness(
        _ lifetime: StateTimeToLive,
        restoring: [HarnessSnapshot] = [],
        from other: OperatorHarness? = nil
    ) throws -> OperatorHarness {
        try OperatorHarness(
            outputs: [Total.schema],
            world: other?.world ?? SimulatedWorld(seed: 1),
            restoring: restoring
        ) {
            KeyedProcess(
                [KeyFields(Click.schema, columns: [0])],
                makeProcessKernels { (s) throws(WeirError) in try Living(s, lifetime) }
            )
        }
    }

    private func write(_ harness: OperatorHarness, _ amount: Int64) throws {
        try harness.push([Click.row(1, amount, at: 0)], schema: Click.schema)
    }

    private func read(_ harness: OperatorHarness) throws -> [Value] {
        try harness.push([Click.row(1, 0, at: 0)], schema: Click.schema)
        return Array(try #require(harness.takeRows().first).values[1...])
    }

    private func pass(
        _ harness: OperatorHarness,
        _ domain: StateTimeToLive.Domain,
        _ milliseconds: Int64
    ) throws {
        if domain == .processingTime {
            try harness.advance(processingTime: milliseconds)
        } else {
            try harness.advance(watermark: max(harness.context.watermark, 0) + milliseconds)
        }
    }

    @Test(
        "what was not written for its time to live is not returned, entry by entry",
        arguments: [StateTimeToLive.Domain.processingTime, .eventTime]
    )
    func expiresAfterWrites(domain: StateTimeToLive.Domain) throws {
        let harness = try harness(StateTimeToLive(milliseconds: 100, domain: domain))
        try pass(harness, domain, 1)
        try write(harness, 1)
        try pass(harness, domain, 60)
        try write(harness, 2)
        #expect(try read(harness) == [2, 3, 3])
        try pass(harness, domain, 40)
        #expect(try read(harness) == [2, 2, 2])
        try pass(harness, domain, 59)
        #expect(try read(harness) == [2, 2, 2])
        try pass(harness, domain, 1)
        #expect(try read(harness) == [0, 0, 0])
        try write(harness, 5)
        #expect(try read(harness) == [5, 5, 5])
    }

    @Test("reads let entries live on if they are to")
    func readsRenew() throws {
        let lifetime = StateTimeToLive(milliseconds: 100, updates: .onReadAndWrite)
        let harness = try harness(lifetime)
        try write(harness, 1)
        for _ in 0..<5 {
            try harness.advance(processingTime: 99)
            #expect(try read(harness) == [1, 1, 1])
        }
        try write(harness, 2)
        #expect(try read(harness) == [2, 3, 3])
        try harness.advance(processingTime: 100)
        #expect(try read(harness) == [0, 0, 0])
    }

    @Test("upkeep removes what has expired in bounded slices, and no snapshot brings it back")
    func upkeep() throws {
        let lifetime = StateTimeToLive(milliseconds: 100)
        let first = try harness(lifetime)
        let rows = (1...3000 as ClosedRange<Int64>).map { Click.row($0, 1, at: 0) }
        try first.push(rows, schema: Click.schema)
        _ = try first.snapshot()
        try first.advance(processingTime: 50)
        try first.push([Click.row(1, 7, at: 0)], schema: Click.schema)
        try first.advance(processingTime: 50)
        let backend = try #require(first.context.keyedState)
        var slices = 0
        var before = 0
        while try first.maintain() {
            slices += 1
            #expect(backend.expiredEntryCount - before <= 3 * 64 * 7)
            before = backend.expiredEntryCount
        }
        #expect(slices > 10)
        // A value, a map entry, a list element and its number for each; key 1 wrote two of them anew.
        #expect(backend.expiredEntryCount == 4 * 3000 - 2)
        #expect(try read(first) == [7, 7, 7])
        let second = try harness(lifetime, restoring: [try first.snapshot()], from: first)
        #expect(try read(second) == [7, 7, 7])
        try second.advance(processingTime: 50)
        #expect(try read(second) == [0, 0, 0])
    }
}

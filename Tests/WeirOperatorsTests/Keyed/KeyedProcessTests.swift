import Testing
import WeirCore
import WeirData
import WeirOperators
import WeirState
import WeirTesting

/// Emits a key's total when its timer comes, 1000 ms after each row's second.
private final class Flusher: KeyedProcessFunction {
    let total: ValueState<Int64>
    let texts: MapState<Int64, String>
    let list: ListState<Int64>

    init(_ states: KeyedStates) throws(WeirError) {
        total = try states.value("total", Int64.self)
        texts = try states.map("texts", Int64.self, String.self)
        list = try states.list("list", Int64.self)
    }

    func process(_ click: RowView<Click>, _ context: KeyedContext<Total>) {
        total.value = (total.value ?? 0) + click[Click.amount]
        texts[-click[Click.amount]] = "n\(click[Click.amount])"
        list.append(click[Click.amount])
        context.registerTimer(click.eventTime / 1000 * 1000 + 1000)
    }

    func timerFired(_ time: Int64, _ domain: TimeDomain, _ context: KeyedContext<Total>) {
        context.withKey(of: Click.self) { key in
            context.emit { row in
                row[Total.user] = key[Click.user]
                row[Total.sum] = total.value ?? -1
                row[Total.start] = list.values.reduce(0, +)
                row[Total.end] = texts.first?.key ?? 0
            }
        }
    }
}

/// Remembers whether a key was seen in the last second of processing time.
private final class Seen: KeyedProcessFunction {
    let seen: ValueState<Bool>

    init(_ states: KeyedStates) throws(WeirError) {
        seen = try states.value(
            "seen",
            Bool.self,
            timeToLive: StateTimeToLive(milliseconds: 1000)
        )
    }

    func process(_ click: RowView<Click>, _ context: KeyedContext<Total>) {
        let isNew = seen.value == nil
        seen.value = true
        context.emit { row in
            row[Total.user] = click[Click.user]
            row[Total.sum] = isNew ? 1 : 0
            row[Total.start] = 0
            row[Total.end] = 0
        }
    }
}

/// Registers one timer for each row, all at one time.
private final class Alarm: KeyedProcessFunction {
    init(_ states: KeyedStates) throws(WeirError) {}

    func process(_ click: RowView<Click>, _ context: KeyedContext<Total>) {
        context.registerTimer(1000)
    }

    func timerFired(_ time: Int64, _ domain: TimeDomain, _ context: KeyedContext<Total>) {
        context.emit { row in
            row[Total.user] = 0
            row[Total.sum] = 1
            row[Total.start] = 0
            row[Total.end] = 0
        }
    }
}

@Suite("Keyed process functions")
struct KeyedProcessTests {
    static let key = [KeyFields(Click.schema, columns: [0])]

    static func flusher(
        restoring: [HarnessSnapshot] = [],
        from other: OperatorHarness? = nil
    ) throws
        -> OperatorHarness
    {
        if let other {
            return try OperatorHarness(
                outputs: [Total.schema],
                world: other.world,
                restoring: restoring
            ) { KeyedProcess(key, makeProcessKernels { (s) throws(WeirError) in try Flusher(s) }) }
        }
        return try OperatorHarness(outputs: [Total.schema]) {
            KeyedProcess(key, makeProcessKernels { (s) throws(WeirError) in try Flusher(s) })
        }
    }

    @Test("a timer fires once for a key and a time, when the watermark has come")
    func timersFireOnce() throws {
        let harness = try Self.flusher()
        let rows = [Click.row(7, 1, at: 100), Click.row(7, 2, at: 900), Click.row(8, 5, at: 1500)]
        try harness.push(rows, schema: Click.schema)
        try harness.advance(watermark: 999)
        #expect(harness.takeRows().isEmpty)
        try harness.advance(watermark: 1000)
        #expect(harness.takeRows().map(\.values) == [[7, 3, 3, -2]])
        try harness.advance(watermark: 5000)
        let last = harness.takeRows()
        #expect(last.map(\.values) == [[8, 5, 5, -5]])
        #expect(last.map(\.eventTime) == [2000])
    }

    @Test("states and timers survive a restore")
    func restore() throws {
        let first = try Self.flusher()
        try first.push([Click.row(7, 1, at: 100), Click.row(7, 2, at: 200)], schema: Click.schema)
        let second = try Self.flusher(restoring: [try first.snapshot()], from: first)
        try second.push([Click.row(7, 4, at: 300)], schema: Click.schema)
        try second.advance(watermark: 1000)
        #expect(second.takeRows().map(\.values) == [[7, 7, 7, -4]])
    }

    @Test("a value with a time to live is gone after it")
    func timeToLive() throws {
        let harness = try OperatorHarness(outputs: [Total.schema]) {
            KeyedProcess(
                Self.key,
                makeProcessKernels { (s) throws(WeirError) in try Seen(s) }
            )
        }
        var seen: [Value] = []
        for wait: Int64 in [0, 999, 999, 1000, 1] {
            try harness.advance(processingTime: wait)
            try harness.push([Click.row(3, 1, at: 0)], schema: Click.schema)
            seen += harness.takeRows().map { $0.values[1] }
        }
        #expect(seen == [1, 0, 0, 1, 0])
    }

    @Test("many timers of one time fire in bounded slices, each once, also over a restore")
    func manyTimers() throws {
        let count = 20_000
        let make: OperatorFactory = {
            KeyedProcess(
                Self.key,
                makeProcessKernels { (s) throws(WeirError) in try Alarm(s) }
            )
        }
        let first = try OperatorHarness(outputs: [Total.schema], make)
        for start in stride(from: 0, to: count, by: 1000) {
            let rows = (start..<start + 1000).map { Click.row(Int64($0), 1, at: 0) }
            try first.push(rows, schema: Click.schema)
        }
        try first.setWatermark(1000)
        var fired = 0
        for _ in 0..<10 {
            #expect(try first.fireSlice())
            let rows = first.takeRows().count
            #expect(rows <= KeyedProcess.timersPerSlice)
            fired += rows
        }
        let second = try OperatorHarness(
            outputs: [Total.schema],
            world: first.world,
            restoring: [try first.snapshot()],
            make
        )
        fired += second.takeRows().count
        #expect(fired == count)
        #expect(second.timerSlices > 20)
    }
}

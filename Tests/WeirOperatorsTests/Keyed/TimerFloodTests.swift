import Synchronization
import Testing
import WeirCore
import WeirData
import WeirOperators
import WeirSimulation
import WeirState
import WeirTesting

/// Counts how often the timer of each key has fired.
private final class Firings: Sendable {
    private let counts: Mutex<[UInt8]>

    init(_ count: Int) { counts = Mutex(Array(repeating: 0, count: count)) }

    func note(_ key: Int64) { counts.withLock { $0[Int(key)] &+= 1 } }

    /// What was counted since the last call.
    func take() -> [UInt8] {
        counts.withLock { counts in
            defer { counts = Array(repeating: 0, count: counts.count) }
            return counts
        }
    }

    var total: Int { counts.withLock { $0.reduce(0) { $0 + Int($1) } } }
}

/// Registers one timer for each row, all at one moment.
private final class Flood: KeyedProcessFunction {
    let domain: TimeDomain
    let firings: Firings
    static let moment: Int64 = 1_000_000

    init(_ domain: TimeDomain, _ firings: Firings) {
        self.domain = domain
        self.firings = firings
    }

    func process(_ click: RowView<Click>, _ context: KeyedContext<Total>) {
        context.registerTimer(Flood.moment, domain)
    }

    func timerFired(_ time: Int64, _ domain: TimeDomain, _ context: KeyedContext<Total>) {
        context.withKey(of: Click.self) { firings.note($0[Click.user]) }
    }
}

@Suite("Millions of timers at one instant", .serialized)
struct TimerFloodTests {
    /// An operator whose timers are all due, after rows of `count` keys.
    private func flooded(
        _ count: Int,
        _ domain: TimeDomain,
        _ make: () throws(WeirError) -> Operator
    ) throws -> OperatorHarness {
        let harness = try OperatorHarness(outputs: [Total.schema], make)
        for start in stride(from: 0, to: count, by: 1000) {
            let batch = Batch(Click.schema, capacity: 1000)
            let columns = batch.columnReferences
            for row in 0..<1000 {
                columns[0].store(Int64(start + row), row)
                columns[1].store(Int64(1), row)
                columns[-1].store(Int64(0), row)
                columns[-2].store(EventTimes.minimum, row)
            }
            batch.setRowCount(1000)
            try harness.push(batch)
        }
        return harness
    }

    /// Fires slices, at most `limit`; each one's work is bounded, counted in timers and entries.
    private func fire(
        _ harness: OperatorHarness,
        _ firings: Firings,
        atMost limit: Int = .max
    ) throws {
        var slices = 0
        var fired = firings.total
        var goesOn = true
        while goesOn, slices < limit {
            let visited = try #require(harness.context.keyedState).visitedEntryCount
            goesOn = try harness.fireSlice()
            _ = try harness.maintain()
            slices += 1
            // Counting all is too dear to be done after each slice.
            guard slices % 500 == 0 else { continue }
            let now = try #require(harness.context.keyedState).visitedEntryCount
            #expect(now - visited < 8 * KeyedProcess.timersPerSlice)
            let total = firings.total
            #expect(total - fired <= 500 * KeyedProcess.timersPerSlice)
            fired = total
        }
    }

    @Test(
        "each fires once with checkpoints going on, in bounded slices, and the rest after a restore",
        arguments: [TimeDomain.eventTime, .processingTime]
    )
    func flood(domain: TimeDomain) throws {
        let count = 5_000_000
        let firings = Firings(count)
        let make: () throws(WeirError) -> Operator = {
            KeyedProcess(
                [KeyFields(Click.schema, columns: [0])],
                makeProcessKernels { (_) throws(WeirError) in Flood(domain, firings) }
            )
        }
        let first = try flooded(count, domain, make)
        if domain == .eventTime {
            try first.setWatermark(Flood.moment)
        } else {
            first.world.advance(by: Flood.moment * 1_000_000)
        }
        _ = try first.snapshot()
        try fire(first, firings, atMost: count / KeyedProcess.timersPerSlice / 3)
        _ = try first.snapshot()
        try fire(first, firings, atMost: count / KeyedProcess.timersPerSlice / 3)
        let snapshot = try first.snapshot()
        let early = firings.take()
        try fire(first, firings)
        let late = firings.take()
        #expect(zip(early, late).allSatisfy { $0 + $1 == 1 })
        #expect(early.contains(1) && late.contains(1))
        let second = try OperatorHarness(
            outputs: [Total.schema],
            world: first.world,
            restoring: [snapshot],
            make
        )
        try fire(second, firings)
        #expect(firings.take() == late)
    }
}

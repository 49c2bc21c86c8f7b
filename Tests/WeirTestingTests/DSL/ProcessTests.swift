import Testing
import Weir
import WeirTesting

/// Adds up amounts, and tells the sum at each tenth millisecond of event time; great amounts go aside
/// at once.
private final class Tenths: KeyedProcessFunction {
    typealias Input = Click
    typealias Output = Total
    static let great = OutputTag<Click>(1)
    private let sum: ReducingState<Int64>
    private let last: ValueState<Int64>

    init(_ states: KeyedStates) throws(WeirError) {
        sum = try states.reducing("sum", Int64.self, +)
        last = try states.value("last", Int64.self)
    }

    func process(_ click: RowView<Click>, _ context: KeyedContext<Total>) {
        sum.add(click[Click.amount])
        last.value = click[Click.user]
        if click[Click.amount] >= 90 {
            context.emit(to: Tenths.great) { row in
                row[Click.user] = click[Click.user]
                row[Click.amount] = click[Click.amount]
            }
        }
        context.registerTimer(click.eventTime / 10 * 10 + 9)
    }

    func timerFired(_ time: Int64, _ domain: TimeDomain, _ context: KeyedContext<Total>) {
        context.emit { row in
            row[Total.user] = last.value ?? -1
            row[Total.sum] = sum.value ?? -1
        }
    }
}

/// Joins the two sides' sums of each key at the end of each tenth millisecond.
private final class BothSides: KeyedCoProcessFunction {
    typealias Left = Click
    typealias Right = Total
    typealias Output = WindowTotal
    private let left: MapState<Int64, Int64>
    private let right: MapState<Int64, Int64>

    init(_ states: KeyedStates) throws(WeirError) {
        left = try states.map("left", Int64.self, Int64.self)
        right = try states.map("right", Int64.self, Int64.self)
    }

    func processLeft(_ click: RowView<Click>, _ context: KeyedContext<WindowTotal>) {
        let tenth = click.eventTime / 10
        left[tenth] = (left[tenth] ?? 0) + click[Click.amount]
        context.registerTimer(tenth * 10 + 9)
    }

    func processRight(_ total: RowView<Total>, _ context: KeyedContext<WindowTotal>) {
        let tenth = total.eventTime / 10
        right[tenth] = (right[tenth] ?? 0) + total[Total.sum]
        context.registerTimer(tenth * 10 + 9)
    }

    func timerFired(_ time: Int64, _ domain: TimeDomain, _ context: KeyedContext<WindowTotal>) {
        let tenth = time / 10
        context.withKey(of: Click.self) { key in
            context.emit { row in
                row[WindowTotal.user] = key[Click.user]
                row[WindowTotal.sum] = tenth
                row[WindowTotal.start] = left[tenth] ?? 0
                row[WindowTotal.end] = right[tenth] ?? 0
            }
        }
        left[tenth] = nil
        right[tenth] = nil
    }
}

/// Multiplies amounts with the factor of the newest rule for their remainder by three.
private final class Factors: KeyedBroadcastProcessFunction {
    typealias Input = Click
    typealias Broadcast = Total
    typealias Output = Total
    private let factors: BroadcastState<Int64, Int64>
    private let sum: ValueState<Int64>

    init(_ states: KeyedStates) throws(WeirError) {
        factors = try states.broadcast("factors", Int64.self, Int64.self)
        sum = try states.value("sum", Int64.self)
    }

    func process(_ click: RowView<Click>, _ context: KeyedContext<Total>) {
        let total = (sum.value ?? 0) + click[Click.amount] * (factors[click[Click.user] % 3] ?? 0)
        sum.value = total
        context.emit { row in
            row[Total.user] = click[Click.user]
            row[Total.sum] = total
        }
    }

    func processBroadcast(_ rule: RowView<Total>, _ context: KeyedContext<Total>) {
        factors[rule[Total.user]] = rule[Total.sum]
    }
}

/// Tells a key's count 50 ms of processing time after its first row.
private final class Delayed: KeyedProcessFunction {
    typealias Input = Click
    typealias Output = Total
    private let count: ValueState<Int64>

    init(_ states: KeyedStates) throws(WeirError) {
        count = try states.value("count", Int64.self)
    }

    func process(_ click: RowView<Click>, _ context: KeyedContext<Total>) {
        if count.value == nil {
            context.registerTimer(context.processingTime + 50, .processingTime)
        }
        count.value = (count.value ?? 0) + 1
    }

    func timerFired(_ time: Int64, _ domain: TimeDomain, _ context: KeyedContext<Total>) {
        context.withKey(of: Click.self) { key in
            context.emit { row in
                row[Total.user] = key[Click.user]
                row[Total.sum] = count.value ?? -1
            }
        }
        count.clear()
    }
}

@Suite("Process functions of a program")
struct ProcessTests {
    @Test("timers of event time, state, and a side output", arguments: Seeds.upTo(6))
    func timers(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 400, users: 9, disorder: 0, bound: 1).input(seed: seed)
        let output = TestOutput()
        let great = TestOutput()
        let job = JobDriver(seed: seed, name: "tenths") { program in
            let totals = program.from(clicks.source(name: "clicks"), as: Click.self)
                .keyBy(Click.user)
                .process(to: Total.self, sideOutputs: [Click.schema]) {
                    (states) throws(WeirError) in try Tenths(states)
                }
            totals.sink(output.sink(name: "sums"))
            totals.sideOutput(1, as: Click.self).sink(great.sink(name: "great"))
        }
        #expect(try job.finish(crashes: 3, &chance) == .finished)
        let sides = Ledger(
            expected: clicks.rows.filter { $0.integer(1) >= 90 }.map(\.values),
            actual: great.committedValues
        )
        #expect(sides.isBalanced, "\(sides)")
        // What a firing sees depends on how far other splits are, but each tenth fires once, sums
        // only grow, and the last one is the whole.
        let tenths = Reference(clicks.rows).windows(.tumbling(every: .milliseconds(10)), by: [0])
        #expect(output.committed.count == tenths.windows.count)
        for (key, rows) in Reference(output.committed).grouped(by: [0]) {
            let sums = rows.map { $0.integer(1) }
            #expect(sums == sums.sorted())
            let own = clicks.rows.filter { $0.values[0] == key[0] }
            #expect(sums.last == own.reduce(0) { $0 + $1.integer(1) })
        }
    }

    @Test("two connected streams share the state of a key", arguments: Seeds.upTo(6))
    func connected(seed: UInt64) throws {
        var chance = Chance(seed)
        let clicks = Clicks(count: 300, users: 8).input(seed: seed)
        let others = Clicks(count: 200, users: 8, splits: 2).input(seed: seed + 50)
        let output = TestOutput()
        let job = JobDriver(seed: seed, name: "connected") { program in
            let totals = program.from(others.source(name: "others"), as: Click.self)
                .map(to: Total.self) { click, row in
                    row[Total.user] = click[Click.user]
                    row[Total.sum] = click[Click.amount]
                }
            program.from(clicks.source(name: "clicks"), as: Click.self).keyBy(Click.user)
                .connect(totals.keyBy(Total.user))
                .process(to: WindowTotal.self) { (states) throws(WeirError) in
                    try BothSides(states)
                }
                .sink(output.sink(name: "both"))
        }
        #expect(try job.finish(crashes: 3, &chance) == .finished)
        func sums(_ rows: [HarnessRow]) -> [[Int64]: Int64] {
            rows.reduce(into: [:]) { sums, row in
                sums[[row.integer(0), row.eventTime / 10], default: 0] += row.integer(1)
            }
        }
        let left = sums(clicks.rows)
        let right = sums(others.rows)
        let expected = Set(left.keys).union(right.keys).map { key -> [Value] in
            [key[0], key[1], left[key] ?? 0, right[key] ?? 0].map { .integer($0) }
        }
        let ledger = Ledger(expected: expected, actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test("rules that were broadcast hold in all instances, also after a rescale")
    func broadcast() throws {
        for seed in Seeds.upTo(4) {
            let rules = TestInput(Total.schema)
            let clicks = TestInput(Click.schema, splits: 3)
            let output = TestOutput()
            let job = JobDriver(seed: seed, name: "rules") { program in
                let factors = program.from(rules.source(name: "rules"), as: Total.self)
                program.from(clicks.source(name: "clicks"), as: Click.self)
                    .keyBy(Click.user)
                    .connect(broadcast: factors)
                    .process(to: Total.self) { (states) throws(WeirError) in
                        try Factors(states)
                    }
                    .sink(output.sink(name: "sums"))
            }
            var chance = Chance(seed)
            var sums: [Int64: Int64] = [:]
            var factors: [Int64: Int64] = [:]
            var expected: [[Value]] = []
            for round in 0..<6 {
                try job.start(parallelism: 1 + chance.below(4))
                for remainder in 0..<Int64(3) {
                    factors[remainder] = Int64(chance.below(10))
                    rules.push([.integer(remainder), .integer(factors[remainder] ?? 0)], at: 0)
                }
                try job.checkpoint()
                for _ in 0..<30 {
                    let user = Int64(chance.below(12))
                    let amount = Int64(chance.below(50))
                    clicks.push(
                        [.integer(user), .integer(amount)],
                        at: 0,
                        split: Int(user) % 3
                    )
                    sums[user, default: 0] += amount * (factors[user % 3] ?? 0)
                    expected.append([.integer(user), .integer(sums[user] ?? 0)])
                }
                // Later rules must not meet these rows: all of them are in a checkpoint before.
                let isThere = job.run { output.committed.count == expected.count }
                #expect(isThere)
                if round < 5 { job.crash() }
            }
            rules.end()
            clicks.end()
            #expect(try job.finish() == .finished)
            let ledger = Ledger(expected: expected, actual: output.committedValues)
            #expect(ledger.isBalanced, "seed \(seed): \(ledger)")
        }
    }

    @Test("timers of processing time fire at their time, also over a restart")
    func processingTime() throws {
        let clicks = TestInput(Click.schema)
        let output = TestOutput()
        let job = JobDriver(name: "delayed") { program in
            program.from(clicks.source(name: "clicks"), as: Click.self)
                .keyBy(Click.user)
                .process(to: Total.self) { (states) throws(WeirError) in try Delayed(states) }
                .sink(output.sink(name: "counts"))
        }
        try job.start(parallelism: 2)
        clicks.push([[1, 0], [2, 0], [1, 0]], at: [0, 0, 0])
        job.run(for: .milliseconds(10))
        try job.checkpoint()
        #expect(output.committed.isEmpty)
        job.crash()
        try job.start(parallelism: 3)
        job.run(for: .milliseconds(10))
        clicks.push([1, 0], at: 0)
        job.run(for: .milliseconds(100))
        #expect(Ledger(expected: [[1, 3], [2, 1]], actual: output.committedValues).isBalanced)
        clicks.push([2, 0], at: 0)
        job.run(for: .milliseconds(100))
        clicks.end()
        #expect(try job.finish() == .finished)
        let ledger = Ledger(expected: [[1, 3], [2, 1], [2, 1]], actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }
}

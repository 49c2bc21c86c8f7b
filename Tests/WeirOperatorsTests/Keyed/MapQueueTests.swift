import Testing
import WeirCore
import WeirData
import WeirOperators
import WeirState
import WeirTesting

/// A queue for each key in a map: rows of a positive amount are put in, others take the first out.
private final class Queue: KeyedProcessFunction {
    let waiting: MapState<Int64, Int64>
    let count: ValueState<Int64>

    init(_ states: KeyedStates) throws(WeirError) {
        waiting = try states.map("waiting", Int64.self, Int64.self)
        count = try states.value("count", Int64.self)
    }

    func process(_ click: RowView<Click>, _ context: KeyedContext<Total>) {
        let amount = click[Click.amount]
        if amount > 0 {
            let number = (count.value ?? 0) + 1
            count.value = number
            waiting[number] = amount
            return
        }
        let first = waiting.first
        if let first { waiting[first.key] = nil }
        context.emit { row in
            row[Total.user] = click[Click.user]
            row[Total.sum] = first?.value ?? 0
            row[Total.start] = first?.key ?? 0
            row[Total.end] = 0
        }
    }
}

/// Adds up a map: rows of a positive amount add an entry, others ask for the sum.
private final class Sums: KeyedProcessFunction {
    let entries: MapState<Int64, Int64>
    let list: ListState<Int64>

    init(_ states: KeyedStates) throws(WeirError) {
        entries = try states.map("entries", Int64.self, Int64.self)
        list = try states.list("list", Int64.self)
    }

    func process(_ click: RowView<Click>, _ context: KeyedContext<Total>) {
        let amount = click[Click.amount]
        if amount > 0 {
            entries[amount] = amount
            list.append(amount)
            return
        }
        // The walk goes on while entries before and behind it change.
        var sum: Int64 = 0
        for (key, value) in entries.entries {
            sum += value
            entries[key] = nil
        }
        context.emit { row in
            row[Total.user] = click[Click.user]
            row[Total.sum] = sum
            row[Total.start] = list.values.reduce(0, +)
            row[Total.end] = entries.isEmpty ? 1 : 0
        }
        list.clear()
    }
}

@Suite("Walks over map and list states")
struct MapQueueTests {
    private func harness(_ make: @escaping ProcessKernelFactory) throws -> OperatorHarness {
        try OperatorHarness(outputs: [Total.schema]) {
            KeyedProcess([KeyFields(Click.schema, columns: [0])], make)
        }
    }

    @Test("taking the first entry of a map looks at few entries, whatever was removed")
    func firstIsBounded() throws {
        let harness = try harness(makeProcessKernels { (s) throws(WeirError) in try Queue(s) })
        let count: Int64 = 5000
        let rows = (1...count).flatMap { [Click.row(1, $0, at: 0), Click.row(2, $0, at: 0)] }
        try harness.push(rows, schema: Click.schema)
        // What a checkpoint has taken leaves tombstones when it is removed.
        _ = try harness.snapshot()
        let backend = try #require(harness.context.keyedState)
        let before = backend.visitedEntryCount
        for number in 1...count {
            let takes = [Click.row(1, 0, at: 0), Click.row(2, 0, at: 0)]
            try harness.push(takes, schema: Click.schema)
            #expect(
                harness.takeRows().map { $0.values[1] } == [.integer(number), .integer(number)]
            )
        }
        #expect(backend.visitedEntryCount - before < 2 * Int(count) * 4)
        try harness.push([Click.row(1, 0, at: 0)], schema: Click.schema)
        #expect(harness.takeRows().map { $0.values[1] } == [0])
        try harness.push([Click.row(1, 9, at: 0), Click.row(1, 0, at: 0)], schema: Click.schema)
        #expect(harness.takeRows().map { $0.values[1] } == [9])
    }

    @Test("entries are read as they are asked for, also while they are removed")
    func walkWhileRemoving() throws {
        let harness = try harness(makeProcessKernels { (s) throws(WeirError) in try Sums(s) })
        let rows = (1...1000 as ClosedRange<Int64>).map { Click.row(1, $0, at: 0) }
        try harness.push(rows, schema: Click.schema)
        try harness.push([Click.row(1, 0, at: 0)], schema: Click.schema)
        #expect(harness.takeRows().map(\.values) == [[1, 500_500, 500_500, 1]])
        try harness.push([Click.row(1, 7, at: 0), Click.row(1, 0, at: 0)], schema: Click.schema)
        #expect(harness.takeRows().map(\.values) == [[1, 7, 7, 1]])
    }
}

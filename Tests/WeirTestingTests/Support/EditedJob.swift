import Weir
import WeirTesting

/// Numbers the rows of a key: emits `sum * 1000 + number`.
final class Numbering: KeyedProcessFunction {
    typealias Input = Total
    typealias Output = Total

    /// How the function has changed since the checkpoint.
    enum Change: Sendable {
        case none
        case moreState
        case otherName
        case otherWidth
        case otherKind
    }

    private let read: () -> Int64
    private let write: (Int64) -> Void
    private let more: ValueState<Int64>?

    init(_ states: KeyedStates, _ change: Change) throws(WeirError) {
        switch change {
        case .none, .moreState, .otherName:
            let count = try states.value(change == .otherName ? "number" : "count", Int64.self)
            read = { count.value ?? 0 }
            write = { count.value = $0 }
        case .otherWidth:
            let count = try states.value("count", Int32.self)
            read = { Int64(count.value ?? 0) }
            write = { count.value = Int32($0) }
        case .otherKind:
            let count = try states.list("count", Int64.self)
            read = { Array(count.values).last ?? 0 }
            write = { count.replace(with: [$0]) }
        }
        more = change == .moreState ? try states.value("more", Int64.self) : nil
    }

    func process(_ total: RowView<Total>, _ context: KeyedContext<Total>) {
        let number = read() + 1
        write(number)
        if let more { more.value = (more.value ?? 0) + 1 }
        context.emit { row in
            row[Total.user] = total[Total.user]
            row[Total.sum] = total[Total.sum] * 1000 + number
        }
    }
}

/// A job and what can be changed about it between a checkpoint and the next start.
struct EditedJob {
    var hasFilter = true
    var hasMoreFilter = false
    var hasMap = true
    var isMapFirst = false
    var sumName: String?
    var numberingName: String? = "numbering"
    var change = Numbering.Change.none
    var hasNumbering = true
    var isOwnChain = false
    var sourceName = "clicks"
    var sinkName = "out"
    var hasOtherBranch = false
    var hasOtherSource = false
    var isKeyedByAmount = false
    var hasKeyedStepBefore = false
    var hasUnion = false

    func build(
        _ program: StreamExecutionEnvironment,
        _ clicks: TestInput,
        _ output: TestOutput,
        _ other: TestOutput
    ) {
        var rows = program.from(clicks.source(name: sourceName), as: Click.self)
        if hasMap, isMapFirst { rows = mapped(rows) }
        if hasFilter { rows = rows.filter { $0[Click.amount] % 7 != 0 } }
        if hasMap, !isMapFirst { rows = mapped(rows) }
        if hasMoreFilter { rows = rows.filter { $0[Click.amount] >= 0 } }
        if hasUnion {
            let none = TestInput(Click.schema)
            none.end()
            rows = rows.union(program.from(none.source(name: "none"), as: Click.self))
        }
        if hasKeyedStepBefore {
            rows = rows.keyBy(Click.user).aggregate(.count(), to: Click.self) { _, click, row in
                row[Click.user] = click[Click.user]
                row[Click.amount] = click[Click.amount]
            }
        }
        if isOwnChain { rows = rows.startingNewChain() }
        let keyed = isKeyedByAmount ? rows.keyBy(Click.amount) : rows.keyBy(Click.user)
        var totals = keyed.aggregate(.sum(Click.amount), to: Total.self) { sum, click, row in
            row[Total.user] = click[Click.user]
            row[Total.sum] = sum
        }
        if let sumName { totals = totals.named(sumName) }
        if hasNumbering {
            let change = self.change
            totals = totals.keyBy(Total.user).process(to: Total.self) {
                (states) throws(WeirError) in try Numbering(states, change)
            }
            if let numberingName { totals = totals.named(numberingName) }
        }
        if hasOtherBranch {
            totals.keyBy(Total.user).countWindow(3)
                .aggregate(.count(), to: Total.self) { count, total, _, row in
                    row[Total.user] = total[Total.user]
                    row[Total.sum] = count
                }
                .sink(other.sink(name: "other"))
        }
        if hasOtherSource {
            let more = TestInput(Click.schema)
            more.push([1, 1], at: 0)
            more.end()
            program.from(more.source(name: "more"), as: Click.self)
                .sink(other.sink(name: "other clicks"))
        }
        totals.sink(output.sink(name: sinkName))
    }

    private func mapped(_ rows: DataStream<Click>) -> DataStream<Click> {
        rows.map(to: Click.self) { click, row in
            row[Click.user] = click[Click.user]
            row[Click.amount] = click[Click.amount]
        }
    }
}

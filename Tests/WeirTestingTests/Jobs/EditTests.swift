import Testing
import Weir
import WeirTesting

/// A change between a checkpoint and the next start, and what it comes to.
private struct Edit: CustomTestStringConvertible, Sendable {
    /// What the next start comes to.
    enum Outcome: Sendable {
        /// All state is where it was.
        case keeps
        /// The numbering begins anew, the sums go on.
        case numbersAnew
        /// The sums begin anew, the numbering goes on.
        case sumsAnew
        /// The sums go on, and nothing numbers them.
        case sumsOnly
        /// It is refused, with these words among others.
        case refused(ErrorCode, [String])
    }

    let testDescription: String
    let outcome: Outcome
    let options: @Sendable (inout EmbeddedEngine.Options) -> Void
    let change: @Sendable (inout EditedJob) -> Void

    init(
        _ name: String,
        _ outcome: Outcome,
        _ change: @escaping @Sendable (inout EditedJob) -> Void = { _ in }
    ) {
        self.init(name, outcome, options: { _ in }, change)
    }

    init(
        _ name: String,
        _ outcome: Outcome,
        options: @escaping @Sendable (inout EmbeddedEngine.Options) -> Void,
        _ change: @escaping @Sendable (inout EditedJob) -> Void = { _ in }
    ) {
        testDescription = name
        self.outcome = outcome
        self.options = options
        self.change = change
    }

    /// The structural path of the sums.
    static let sum = "aggregate{0|2}(source:clicks)"

    /// Edits around the state.
    static let around: [Edit] = [
        Edit("nothing", .keeps),
        Edit("a stateless operator more", .keeps) { $0.hasMoreFilter = true },
        Edit("a stateless operator less", .keeps) { $0.hasMap = false },
        Edit("another stateless operator less", .keeps) { $0.hasFilter = false },
        Edit("stateless operators in another order", .keeps) { $0.isMapFirst = true },
        Edit("higher parallelism", .keeps, options: { $0.settings.parallelism = 4 }),
        Edit("lower parallelism", .keeps, options: { $0.settings.parallelism = 1 }),
        Edit("no chaining", .keeps, options: { $0.settings.isChainingEnabled = false }),
        Edit("a chain of its own", .keeps) { $0.isOwnChain = true },
        Edit("smaller batches", .keeps, options: { $0.settings.batchCapacity = 3 }),
        Edit("another keyed branch", .keeps) { $0.hasOtherBranch = true },
        Edit("another source with a sink", .keeps) { $0.hasOtherSource = true },
        Edit("a name that is the path of before", .keeps) { $0.sumName = sum },
        Edit("a state more in a function", .keeps) { $0.change = .moreState },
        Edit("another name for a sink that owes nothing", .keeps) { $0.sinkName = "results" },
    ]

    /// Edits of what the state is found by.
    static let ofIdentity: [Edit] = [
        Edit("another name", .refused(.unmatchedState, ["\"numbering\"", ".named"])) {
            $0.numberingName = "counting"
        },
        Edit("another name, state dropped", .numbersAnew, options: drop("numbering")) {
            $0.numberingName = "counting"
        },
        Edit("a first name", .refused(.unmatchedState, [sum, "--drop-state \"aggregate\""])) {
            $0.sumName = "sums"
        },
        Edit("a first name, state dropped", .sumsAnew, options: drop("aggregate")) {
            $0.sumName = "sums"
        },
        Edit("a stateful operator less", .refused(.unmatchedState, ["\"numbering\""])) {
            $0.hasNumbering = false
        },
        Edit("a stateful operator less, dropped", .sumsOnly, options: drop("numbering")) {
            $0.hasNumbering = false
        },
        Edit("another key", .refused(.unmatchedState, [sum])) { $0.isKeyedByAmount = true },
        Edit(
            "a stateful operator before",
            .refused(.incompatibleState, ["accumulator", "sum of", "count"])
        ) {
            $0.hasKeyedStepBefore = true
        },
        Edit("a union with another source", .refused(.unmatchedState, [sum])) {
            $0.hasUnion = true
        },
        Edit("another source name", .refused(.unmatchedState, ["\"clicks\""])) {
            $0.sourceName = "visits"
        },
        Edit("one name for two operators", .refused(.ambiguousName, ["numbering"])) {
            $0.sumName = "numbering"
        },
    ]

    /// Edits of what the state is, and of the job's bounds.
    static let ofKind: [Edit] = [
        Edit("another state name", .refused(.unmatchedState, ["numbering", "count"])) {
            $0.change = .otherName
        },
        Edit("another state name, dropped", .numbersAnew, options: drop("count")) {
            $0.change = .otherName
        },
        Edit("other values", .refused(.incompatibleState, ["numbering", "count"])) {
            $0.change = .otherWidth
        },
        Edit("other values, dropped", .numbersAnew, options: drop("count")) {
            $0.change = .otherWidth
        },
        Edit("another kind of state", .refused(.incompatibleState, ["numbering", "count"])) {
            $0.change = .otherKind
        },
        Edit("another kind of state, dropped", .numbersAnew, options: drop("count")) {
            $0.change = .otherKind
        },
        Edit(
            "another maximum parallelism",
            .refused(.maxParallelismChanged, ["16", "32", "pipeline.max-parallelism"]),
            options: { $0.settings.maxParallelism = 32 }
        ),
        Edit(
            "a parallelism above the maximum",
            .refused(.badGraph, ["17", "16"]),
            options: { $0.settings.parallelism = 17 }
        ),
    ]

    private static func drop(
        _ name: String
    ) -> @Sendable (inout EmbeddedEngine.Options) -> Void {
        { $0.droppedStates = [name] }
    }
}

@Suite("A job that was edited between a checkpoint and the next start")
struct EditTests {
    /// Rows of the second part have times from here on.
    private static let secondPart: Int64 = 1_000_000

    @Test("finds its state, or is refused", arguments: Edit.around + Edit.ofIdentity + Edit.ofKind)
    private func edit(_ edit: Edit) throws {
        let clicks = Clicks(count: 120, users: 7).input(seed: 3, isEnded: false)
        let output = TestOutput()
        let other = TestOutput()
        var edited = EditedJob()
        let job = JobDriver(name: "edited") { program in
            edited.build(program, clicks, output, other)
        }
        try job.start(parallelism: 2)
        let isRead = job.run { output.committed.count == clicks.rows.count { isKept($0) } }
        #expect(isRead)
        #expect(try job.stop() == .suspended)

        edit.change(&edited)
        edit.options(&job.options)
        var chance = Chance(5)
        for number in 0..<60 {
            let user = chance.below(7)
            clicks.push(
                [.integer(Int64(user)), .integer(Int64(chance.below(100)))],
                at: Self.secondPart + Int64(number),
                split: user % 3
            )
        }
        clicks.end()
        let before = output.committedValues
        let outcome = ending(job)
        if case .refused(let code, let words) = edit.outcome {
            guard case .failed(let error) = outcome else {
                Issue.record("\(edit.testDescription): \(outcome), not refused")
                return
            }
            #expect(error.code == code)
            for word in words { #expect("\(error)".contains(word), "\(error)") }
            #expect(output.committedValues == before)
        } else {
            #expect(outcome == .finished)
            let ledger = Ledger(
                expected: expected(clicks, edit.outcome, hasFilter: edited.hasFilter),
                actual: output.committedValues
            )
            #expect(ledger.isBalanced, "\(ledger)")
        }
    }

    @Test("that owes output to a sink is not started without it")
    func sinkThatOwes() throws {
        let clicks = Clicks(count: 120, users: 7).input(seed: 3, isEnded: false)
        let output = TestOutput()
        var edited = EditedJob()
        let job = JobDriver(name: "edited") { program in
            edited.build(program, clicks, output, output)
        }
        try job.start(parallelism: 2)
        try job.checkpoint()
        job.crash()
        edited.sinkName = "results"
        guard case .failed(let error) = ending(job) else {
            Issue.record("the start was not refused")
            return
        }
        #expect(error.code == .unmatchedState)
        #expect("\(error)".contains("\"out\""))
    }

    /// How the next start ends, refusals before it included.
    private func ending(_ job: JobDriver) -> JobOutcome {
        do throws(WeirError) {
            try job.start()
            return try job.finish()
        } catch {
            return .failed(error)
        }
    }

    private func isKept(_ row: HarnessRow) -> Bool { row.integer(1) % 7 != 0 }

    /// What both parts give together.
    private func expected(
        _ clicks: TestInput,
        _ outcome: Edit.Outcome,
        hasFilter: Bool
    ) -> [[Value]] {
        let rows = clicks.rows.filter { row in
            isKept(row) || row.eventTime >= Self.secondPart && !hasFilter
        }
        struct State {
            var sum: Int64 = 0
            var number: Int64 = 0
            var isSecond = false
        }
        return Reference(rows).folded(by: [0], from: State()) { state, row in
            if row.eventTime >= Self.secondPart, !state.isSecond {
                state.isSecond = true
                switch outcome {
                case .numbersAnew: state.number = 0
                case .sumsAnew: state.sum = 0
                case .keeps, .sumsOnly, .refused: break
                }
            }
            state.sum += row.integer(1)
            state.number += 1
            if state.isSecond, case .sumsOnly = outcome {
                return [[row.values[0], .integer(state.sum)]]
            }
            return [[row.values[0], .integer(state.sum * 1000 + state.number)]]
        }
    }
}

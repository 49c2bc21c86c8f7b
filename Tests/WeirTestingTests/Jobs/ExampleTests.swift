// The code between the marks is the example of docs/testing.md, word for word.
// <example>
import Testing
import Weir
import WeirTesting

enum Visit: EventSchema {
    static var page: Column<Int64> { .init(index: 0, id: 1, "page") }
    static var seconds: Column<Int64> { .init(index: 1, id: 2, "seconds") }
    static let schema = Schema(of: page, seconds)
}

@Test("the time spent on each page is summed by the minute, over a crash and a rescale")
func timeOnPages() throws {
    let visits = TestInput(Visit.schema)
    let sums = TestOutput()
    let job = JobDriver(seed: 1, name: "pages") { program in
        program.from(visits.source(name: "visits"), as: Visit.self)
            .keyBy(Visit.page)
            .window(.tumbling(every: .minutes(1)))
            .aggregate(.sum(Visit.seconds), to: Visit.self) { sum, visit, _, row in
                row[Visit.page] = visit[Visit.page]
                row[Visit.seconds] = sum
            }
            .sink(sums.sink(name: "sums"))
    }
    try job.start(parallelism: 2)
    visits.push([[1, 20], [2, 5], [1, 30]], at: [1_000, 2_000, 3_000])
    visits.advance(watermark: 4_000)
    try job.checkpoint()
    #expect(sums.committed.isEmpty)

    visits.push([1, 7], at: 59_999)
    job.crash()
    try job.start(parallelism: 4)
    visits.advance(watermark: 60_000)
    try job.checkpoint()
    #expect(Ledger(expected: [[1, 57], [2, 5]], actual: sums.committedValues).isBalanced)

    visits.end()
    #expect(try job.finish() == .finished)
    let expected = Reference(visits.rows)
        .windows(.tumbling(every: .minutes(1)), by: [0])
        .windows.map { window in
            [window.key[0], .integer(window.rows.reduce(0) { $0 + $1.integer(1) })]
        }
    let ledger = Ledger(expected: expected, actual: sums.committedValues)
    #expect(ledger.isBalanced, "\(ledger)")
}
// </example>

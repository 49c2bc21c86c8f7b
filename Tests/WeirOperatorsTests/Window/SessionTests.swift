import Testing
import WeirData
import WeirOperators
import WeirTesting

@Suite("Sessions that touch")
struct SessionTests {
    typealias Base = WindowOperatorTests

    /// The order in which three rows of a key come.
    private static let orders = [
        [0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0],
    ]

    private func harness(_ function: WindowFunction) throws -> OperatorHarness {
        try Base.harness(.session(gap: .seconds(1)), function)
    }

    @Test("rows exactly a gap apart are one session, in either order", arguments: [true, false])
    func touching(isInOrder: Bool) throws {
        let harness = try harness(Base.sum())
        let rows = [Click.row(1, 1, at: 0), Click.row(1, 2, at: 1000)]
        try harness.push(isInOrder ? rows : rows.reversed(), schema: Click.schema)
        try harness.advance(watermark: 1999)
        #expect(harness.takeRows().isEmpty)
        try harness.advance(watermark: 2000)
        #expect(Base.totals(harness.takeRows()) == [[1, 3, 0, 2000]])
    }

    @Test("rows a gap and a millisecond apart are two", arguments: [true, false])
    func apart(isInOrder: Bool) throws {
        let harness = try harness(Base.sum())
        let rows = [Click.row(1, 1, at: 0), Click.row(1, 2, at: 1001)]
        try harness.push(isInOrder ? rows : rows.reversed(), schema: Click.schema)
        try harness.advance(watermark: 2001)
        #expect(
            Base.totals(harness.takeRows()) == [[1, 1, 0, 1000], [1, 2, 1001, 2001]]
        )
    }

    @Test("the row between bridges them, whichever comes last", arguments: orders)
    func bridged(order: [Int]) throws {
        for function in [Base.sum(), Base.sumOfRows()] {
            let harness = try harness(function)
            let rows = [
                Click.row(1, 1, at: 0), Click.row(1, 2, at: 1000), Click.row(1, 4, at: 2000),
            ]
            for index in order { try harness.push([rows[index]], schema: Click.schema) }
            try harness.advance(watermark: 2999)
            #expect(harness.takeRows().isEmpty)
            try harness.advance(watermark: 3000)
            let fired = harness.takeRows()
            #expect(Base.totals(fired) == [[1, 7, 0, 3000]])
            #expect(fired.map(\.eventTime) == [2999])
        }
    }

    @Test("a row at the end joins although time stands right before it", arguments: [true, false])
    func watermarkBefore(isInOrder: Bool) throws {
        let harness = try harness(Base.sum())
        // The row at 1000 is the first one of its split that is in time; the other split is slower.
        let rows = [Click.row(1, 1, at: 0), Click.row(1, 2, at: 1000, split: 999)]
        try harness.push([isInOrder ? rows[0] : rows[1]], schema: Click.schema)
        if isInOrder { try harness.advance(watermark: 999) }
        #expect(harness.takeRows().isEmpty)
        try harness.push([isInOrder ? rows[1] : rows[0]], schema: Click.schema)
        try harness.advance(watermark: 2000)
        #expect(Base.totals(harness.takeRows()) == [[1, 3, 0, 2000]])
        #expect(harness.takeRows(1).isEmpty)
    }
}

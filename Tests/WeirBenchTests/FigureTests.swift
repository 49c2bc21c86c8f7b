import Testing
import WeirBench

@Suite("Figures of measurements")
struct FigureTests {
    @Test("percentiles are values that were there, by the nearest rank")
    func percentiles() {
        let hundred = Percentiles((1...100).map { Int64($0) }.reversed())
        #expect(hundred.value(at: 0.5) == 50)
        #expect(hundred.value(at: 0.99) == 99)
        #expect(hundred.value(at: 0.991) == 100)
        #expect(hundred.value(at: 0) == 1)
        #expect(hundred.maximum == 100)
        #expect(Percentiles([]).value(at: 0.5) == nil)
        #expect(Percentiles([7]).value(at: 0.0001) == 7)
    }

    @Test("rows that come again after a failure do not end its gap")
    func gap() throws {
        let millisecond: Int64 = 1_000_000
        var steps = (0..<100).map { (at: Int64($0) * millisecond, number: Int64($0)) }
        // Killed at 99 ms: 50 .. 99 come again from 200 ms on, 100 first at 260 ms.
        steps += (50..<100).map { (at: Int64($0 + 150) * millisecond, number: Int64($0)) }
        steps += (100..<150).map { (at: Int64($0 + 160) * millisecond, number: Int64($0)) }
        let gap = try #require(DeliveryGap(steps, at: 99 * millisecond, until: .max))
        #expect(gap.usualNanoseconds == millisecond)
        #expect(gap.nanoseconds == (260 - 99 - 1) * millisecond)
        #expect(DeliveryGap(steps, at: 99 * millisecond, until: 250 * millisecond) == nil)
        #expect(DeliveryGap(steps, at: -1, until: .max) == nil)
    }

    @Test("a later pause counts if it is longer than the first")
    func laterPause() throws {
        let steps: [(at: Int64, number: Int64)] = [(0, 0), (10, 1), (30, 2), (90, 3), (95, 4)]
        let gap = try #require(DeliveryGap(steps, at: 10, until: .max))
        #expect(gap.nanoseconds == 60 - 10)
    }

    @Test("a drawing has a line for each series that has values, and no markup from names")
    func plot() {
        var plot = Plot(title: "a < b & c", unit: "ms")
        plot.add("one", Percentiles([1_000_000, 2_000_000, 90_000_000]))
        plot.add("none", Percentiles([]))
        let text = plot.svg()
        #expect(text.hasPrefix("<svg "))
        #expect(text.hasSuffix("</svg>\n"))
        #expect(text.contains("a &lt; b &amp; c"))
        #expect(text.ranges(of: "<polyline").count == 1)
        #expect(!text.contains("nan") && !text.contains("inf"))
    }
}

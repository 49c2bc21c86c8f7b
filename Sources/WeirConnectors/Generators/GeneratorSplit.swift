import WeirCore
import WeirOperators

/// A share of a generator's rows, made in the order of their numbers.
///
/// Cycles of numbers (one number or more) are dealt out in turn, so that the times of all splits go
/// hand in hand. Snapshots hold the next number and the watermark.
package struct GeneratorSplit {
    /// Which of the splits, from 0.
    let index: Int64
    /// How many there are.
    let count: Int64
    /// The next row's number, from 0.
    private(set) var next: Int64
    /// Stamps the rows.
    var watermarks: SplitWatermarks
    private let cycle: Int64

    /// A split from its start.
    package init(index: Int64, of count: Int64, cycle: Int64, _ strategy: WatermarkStrategy) {
        self.index = index
        self.count = count
        self.cycle = cycle
        next = index &* cycle
        watermarks = SplitWatermarks(strategy)
    }

    /// Goes on to the next number of the split.
    @inline(__always)
    package mutating func advance() {
        next &+= 1
        if next % cycle == 0 { next &+= cycle &* (count &- 1) }
    }

    /// Goes on by `steps` numbers, if cycles are single numbers.
    mutating func advance(by steps: Int) {
        precondition(cycle == 1, "cycles of \(cycle) numbers are left one by one")
        next &+= Int64(steps) &* count
    }

    /// The bytes of a snapshot's element.
    package func encoded() -> [UInt8] {
        SplitStateCoder.encode([index, count, next, watermarks.watermark])
    }

    /// A split as it was in a snapshot.
    ///
    /// - Throws: `incompatibleState` if the bytes are no such element.
    package init(
        _ element: [UInt8],
        cycle: Int64,
        _ strategy: WatermarkStrategy
    ) throws(WeirError) {
        let fields = try SplitStateCoder.decode(element, count: 4)
        index = fields[0]
        count = fields[1]
        next = fields[2]
        guard count > 0, count <= 32768, index >= 0, index < count, next >= 0,
            next / cycle % count == index
        else {
            throw WeirError(
                .incompatibleState,
                "The snapshot's split \(fields[0]) of \(fields[1]) at row \(fields[2]) does not "
                    + "exist with cycles of \(cycle) rows.",
                reason: "The generator's options may have been changed since the snapshot.",
                fix: "Restore with the options of before, or start with --fresh."
            )
        }
        self.cycle = cycle
        watermarks = SplitWatermarks(strategy, from: fields[3])
    }
}

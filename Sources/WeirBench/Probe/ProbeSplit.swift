import Weir

/// A source's share of a probe job's rows, and when each is due.
///
/// First one row for each key as fast as they go; then, if the load is to be a share of the capacity,
/// as many as go in `capacityNanoseconds`; then row by row when it is due, whatever the job makes of
/// it: an open loop. When it began and how fast it is stays so after a restore: rows that could not
/// come meanwhile are late by that.
package struct ProbeSplit: Equatable {
    /// How long the capacity is measured.
    package static let capacityNanoseconds: Int64 = 2_000_000_000
    private static let version: UInt8 = 1

    /// Which of the splits, from 0.
    package let index: Int64
    /// How many there are.
    package let count: Int64
    /// How many rows it has made.
    package private(set) var made: Int64 = 0
    /// Rows made before the pace began.
    private var madeBefore: Int64 = 0
    /// When the pace began, in monotonic nanoseconds; 0: not yet.
    package private(set) var origin: Int64 = 0
    /// Nanoseconds from one row to the next; 0: not yet known.
    package private(set) var delay: Double = 0
    /// When the measurement of the capacity began, with how many rows; it begins anew at a restore.
    private var measured: (at: Int64, made: Int64)?

    /// A share from its start.
    package init(index: Int64, of count: Int64) {
        self.index = index
        self.count = count
    }

    package static func == (first: ProbeSplit, second: ProbeSplit) -> Bool {
        first.encoded() == second.encoded()
    }

    /// The number of its next row among those of all splits.
    package var next: Int64 { index + made * count }

    /// When its next row is due; 0: now.
    package var due: Int64 { due(of: made) }

    /// When the last row that it made was due; 0 if that was before the pace.
    package var lastDue: Int64 { made > madeBefore ? due(of: made - 1) : 0 }

    private func due(of row: Int64) -> Int64 {
        origin == 0 ? 0 : origin + Int64((Double(row - madeBefore) * delay).rounded(.up))
    }

    /// One more row was made.
    package mutating func advance() { made += 1 }

    /// How many rows may be made now; what the load says is decided here.
    package mutating func room(
        at now: Int64,
        keys: Int64,
        load: ProbeOptions.Load
    ) -> Int64 {
        let filling = (keys - index + count - 1) / count - made
        if filling > 0 { return filling }
        if origin == 0 { begin(at: now, load) }
        guard origin != 0 else { return .max }
        guard now >= origin else { return 0 }
        return madeBefore + Int64(Double(now - origin) / delay) + 1 - made
    }

    private mutating func begin(at now: Int64, _ load: ProbeOptions.Load) {
        switch load {
        case .rate(let rate): delay = 1e9 * Double(count) / rate
        case .percent(let percent):
            guard let start = measured else {
                measured = (now, made)
                return
            }
            guard now - start.at >= Self.capacityNanoseconds, made > start.made else { return }
            let usual = Double(now - start.at) / Double(made - start.made)
            delay = usual * 100 / percent
        }
        origin = now
        madeBefore = made
    }

    /// The element of a snapshot.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(byte: Self.version)
        for number in [index, count, made, madeBefore, origin] { writer.append(integer: number) }
        writer.append(double: delay)
        return writer.array
    }

    /// Reads what `encoded` wrote.
    ///
    /// - Throws: `corruptBytes`.
    package init(encoded bytes: [UInt8]) throws(WeirError) {
        self = try bytes.withReader { reader throws(WeirError) in
            guard try reader.readByte() == Self.version else {
                throw reader.corrupt("the version of a probe's split")
            }
            let index = try reader.readInteger(as: Int64.self)
            var split = ProbeSplit(index: index, of: try reader.readInteger())
            split.made = try reader.readInteger()
            split.madeBefore = try reader.readInteger()
            split.origin = try reader.readInteger()
            split.delay = Double(bitPattern: try reader.readInteger())
            try reader.finish()
            guard split.count > 0, (0..<split.count).contains(index), split.made >= 0,
                split.madeBefore <= split.made, split.origin == 0 || split.delay > 0
            else { throw reader.corrupt("a probe's split") }
            return split
        }
    }
}

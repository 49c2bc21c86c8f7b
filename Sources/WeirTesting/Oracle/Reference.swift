import Weir

/// A naive model of a stream: all rows in an array, looked at from the definitions, one by one.
///
/// It shares no code with the operators that it judges. Rows stand split by split in the order in
/// which the splits give them, as `TestInput.rows` has them; what a job does with rows of one key
/// from several splits must not depend on their order, or the test has to give a key to one split.
public struct Reference {
    /// The rows.
    public let rows: [HarnessRow]

    /// A stream of these rows.
    public init(_ rows: [HarnessRow]) { self.rows = rows }

    /// The rows of each key, keys in the order of their first row.
    public func grouped(by columns: [Int]) -> [(key: [Value], rows: [HarnessRow])] {
        var order: [[Value]] = []
        var groups: [[Value]: [HarnessRow]] = [:]
        for row in rows {
            let key = columns.map { row.values[$0] }
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(row)
        }
        return order.map { ($0, groups[$0] ?? []) }
    }

    /// What an operator with a state for each key emits: `fold` changes the state by a row and
    /// returns the rows that it emits for it.
    public func folded<State>(
        by columns: [Int],
        from initial: State,
        _ fold: (inout State, HarnessRow) -> [[Value]]
    ) -> [[Value]] {
        grouped(by: columns).flatMap { group -> [[Value]] in
            var state = initial
            return group.rows.flatMap { fold(&state, $0) }
        }
    }

    /// A window of a key, with all rows that belong to it.
    public struct Window {
        /// The values of the key's columns.
        public let key: [Value]
        /// When it begins and ends.
        public let bounds: WindowBounds
        /// Its rows, in the order of the input.
        public let rows: [HarnessRow]
    }

    /// The windows of each key and what is in them at the end of time, and the rows that were too
    /// late for all of their windows.
    ///
    /// A row is too late for a window if the watermark of its own split had passed the window's last
    /// millisecond by the allowed lateness. Sessions take no notice of lateness: give them rows
    /// that are in time.
    /// - Precondition: the assigner is not `global`.
    public func windows(
        _ assigner: WindowAssigner,
        by columns: [Int],
        allowedLateness: Int64 = 0
    ) -> (windows: [Window], late: [HarnessRow]) {
        var windows: [Window] = []
        var late: [HarnessRow] = []
        for (key, rows) in grouped(by: columns) {
            if case .sessionMilliseconds(let gap) = assigner {
                windows += Self.sessions(key, rows, gap: gap)
                continue
            }
            var order: [Int64] = []
            var contents: [Int64: [HarnessRow]] = [:]
            let (size, slide, offset) = Self.shape(assigner)
            for row in rows {
                let starts = Self.starts(row.eventTime, size: size, slide: slide, offset: offset)
                let open = starts.filter {
                    $0 + size - 1 + allowedLateness > row.splitWatermark
                }
                if open.isEmpty, !starts.isEmpty { late.append(row) }
                for start in open {
                    if contents[start] == nil { order.append(start) }
                    contents[start, default: []].append(row)
                }
            }
            windows += order.map {
                Window(
                    key: key,
                    bounds: WindowBounds(start: $0, end: $0 + size),
                    rows: contents[$0] ?? []
                )
            }
        }
        return (windows, late)
    }

    private static func shape(_ assigner: WindowAssigner) -> (Int64, Int64, Int64) {
        switch assigner {
        case .tumblingMilliseconds(let size, let offset): return (size, size, offset)
        case .slidingMilliseconds(let size, let slide, let offset): return (size, slide, offset)
        case .sessionMilliseconds, .global:
            preconditionFailure("\(assigner) has no windows of one size")
        }
    }

    /// The starts of all windows that contain a time: tried one by one.
    private static func starts(
        _ time: Int64,
        size: Int64,
        slide: Int64,
        offset: Int64
    ) -> [Int64] {
        var starts: [Int64] = []
        for candidate in (time - size + 1)...time where (candidate - offset) % slide == 0 {
            starts.append(candidate)
        }
        return starts
    }

    private static func sessions(
        _ key: [Value],
        _ rows: [HarnessRow],
        gap: Int64
    ) -> [Window] {
        var bursts: [[HarnessRow]] = []
        for row in rows.sorted(by: { $0.eventTime < $1.eventTime }) {
            if let last = bursts.last?.last, row.eventTime - last.eventTime <= gap {
                bursts[bursts.count - 1].append(row)
            } else {
                bursts.append([row])
            }
        }
        return bursts.compactMap { burst in
            guard let first = burst.first, let last = burst.last else { return nil }
            return Window(
                key: key,
                bounds: WindowBounds(start: first.eventTime, end: last.eventTime + gap),
                rows: burst
            )
        }
    }
}

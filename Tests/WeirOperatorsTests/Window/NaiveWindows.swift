import WeirData
import WeirTesting

/// What windows should give, computed row by row from the definition.
struct NaiveWindows {
    struct Result: Hashable, Comparable {
        var user: Int64
        var start: Int64
        var sum: Int64

        static func < (a: Result, b: Result) -> Bool {
            (a.start, a.user, a.sum) < (b.start, b.user, b.sum)
        }
    }

    let size: Int64
    let slide: Int64
    let lateness: Int64

    /// The starts of the windows that contain a time.
    func starts(_ time: Int64) -> [Int64] {
        var start = time - (((time % slide) + slide) % slide)
        var starts: [Int64] = []
        while start > time - size {
            starts.append(start)
            start -= slide
        }
        return starts
    }

    /// Whether a row is too late for the window that begins at `start`.
    func isLate(_ row: HarnessRow, _ start: Int64) -> Bool {
        start + size - 1 + lateness <= row.splitWatermark
    }

    /// The last result of each window, and the rows that are late for all of theirs.
    func evaluate(_ rows: [HarnessRow]) -> (results: [Result], late: [HarnessRow]) {
        var sums: [[Int64]: Int64] = [:]
        var late: [HarnessRow] = []
        for row in rows {
            guard case .integer(let user) = row.values[0],
                case .integer(let amount) = row.values[1]
            else { continue }
            let all = starts(row.eventTime)
            let open = all.filter { !isLate(row, $0) }
            if open.isEmpty, !all.isEmpty { late.append(row) }
            for start in open { sums[[user, start], default: 0] += amount }
        }
        let results = sums.map { Result(user: $0.key[0], start: $0.key[1], sum: $0.value) }
        return (results.sorted(), late)
    }
}

/// For how long a failure kept new results away.
///
/// Rows that come again because of a restore are not new: what counts is the position, the highest
/// number that had come before the failure.
package struct DeliveryGap: Equatable {
    /// The longest time without a new result, less the usual one, in nanoseconds.
    package let nanoseconds: Int64
    /// The usual time from one result to the next before the failure, in nanoseconds.
    package let usualNanoseconds: Int64

    /// How long before a failure the usual time is taken from, in nanoseconds.
    private static let before: Int64 = 2_000_000_000

    /// The gap after a failure at `moment`, looked for until `end` (monotonic nanoseconds).
    ///
    /// Nil if there was nothing before it, or nothing new after it.
    package init?(_ steps: [(at: Int64, number: Int64)], at moment: Int64, until end: Int64) {
        let earlier = steps.filter { $0.at <= moment }
        guard let last = earlier.last, let position = earlier.map(\.number).max() else {
            return nil
        }
        var usual: [Int64] = []
        for (first, second) in zip(earlier, earlier.dropFirst())
        where first.at > moment - Self.before {
            usual.append(second.at - first.at)
        }
        let median = Percentiles(usual).value(at: 0.5) ?? 0
        var longest: Int64 = 0
        var previous = last.at
        var isNew = false
        for step in steps where step.at > moment && step.at <= end && step.number > position {
            longest = max(longest, step.at - previous)
            previous = step.at
            isNew = true
        }
        guard isNew else { return nil }
        // What had come may have been followed by silence before the failure.
        nanoseconds = max(0, longest - median)
        usualNanoseconds = median
    }
}

extension ProbeLog {
    /// The gap of results as they come.
    package func gap(at moment: Int64, until end: Int64) -> DeliveryGap? {
        DeliveryGap(arrivals.map { ($0.at, $0.number) }, at: moment, until: end)
    }

    /// The gap of results that are final.
    package func committedGap(at moment: Int64, until end: Int64) -> DeliveryGap? {
        DeliveryGap(commits.map { ($0.at, $0.number) }, at: moment, until: end)
    }

    /// Nanoseconds from a failure until the next attempt's first result, which may be an old one again;
    /// nil if the attempt stayed.
    package func restart(after moment: Int64, until end: Int64) -> Int64? {
        guard let attempt = arrivals.last(where: { $0.at <= moment })?.attempt else { return nil }
        let first = arrivals.first { $0.at > moment && $0.at <= end && $0.attempt > attempt }
        return first.map { $0.at - moment }
    }

    /// Rows between two moments.
    package func rows(from start: Int64, to end: Int64) -> Int64 {
        arrivals.reduce(0) { $1.at > start && $1.at <= end ? $0 + $1.rows : $0 }
    }

    /// How much later than possible the rows of some time came, in nanoseconds.
    package func delays(from start: Int64, to end: Int64) -> Percentiles {
        Percentiles(arrivals.filter { $0.at > start && $0.at <= end }.flatMap(\.delays))
    }

    /// The longest time without any row, between two moments, in nanoseconds.
    package func longestPause(from start: Int64, to end: Int64) -> Int64 {
        let within = arrivals.filter { $0.at > start && $0.at <= end }
        return zip(within, within.dropFirst()).map { $1.at - $0.at }.max() ?? 0
    }
}

import WeirCore

/// When a window fires.
public indirect enum WindowTrigger: Sendable, Hashable {
    /// When the watermark reaches the window's end, and for each late row after it.
    case eventTime
    /// When the wall clock reaches the window's end.
    case processingTime
    /// After each `count` rows.
    case count(Int)
    /// Each `milliseconds` of event time, and at the window's end.
    case continuousMilliseconds(Int64)
    /// As another trigger; the window's rows are dropped each time.
    case purging(WindowTrigger)

    /// Each interval of event time, and at the window's end.
    public static func continuous(every interval: Duration) -> WindowTrigger {
        .continuousMilliseconds(interval.milliseconds)
    }

    /// Whether a firing drops the rows.
    var purges: Bool {
        if case .purging = self { return true }
        return false
    }

    /// The trigger without `purging`.
    var inner: WindowTrigger {
        if case .purging(let inner) = self { return inner.inner }
        return self
    }
}

/// Which rows of a window are left out when it fires; it makes the window keep all of its rows.
public enum WindowEvictor: Sendable, Hashable {
    /// All but the last `count` rows.
    case count(Int)
    /// Rows that are older than the newest by more than this.
    case olderThanMilliseconds(Int64)

    /// Rows that are older than the newest by more than this.
    public static func older(than age: Duration) -> WindowEvictor {
        .olderThanMilliseconds(age.milliseconds)
    }

    /// How many of the first rows are left out; `times` are ascending.
    func evictedCount(_ times: [Int64]) -> Int {
        switch self {
        case .count(let count): return max(0, times.count - count)
        case .olderThanMilliseconds(let age):
            guard let newest = times.last else { return 0 }
            return times.firstIndex { $0 >= newest - age } ?? times.count
        }
    }
}

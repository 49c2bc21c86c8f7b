/// Durations as people write them in settings.
extension Duration {
    /// Whole nanoseconds, bounded to what 64 bits hold (292 years).
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, isTooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if isTooLarge { return seconds < 0 ? .min : .max }
        let (sum, overflows) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        if overflows { return seconds < 0 ? .min : .max }
        return sum
    }

    /// Whole milliseconds.
    public var milliseconds: Int64 { nanoseconds / 1_000_000 }

    /// Reads `100ms`, `1 s`, `10min`, `2h`, `1d`, `50us`, `20ns`; a bare number is milliseconds,
    /// as in Flink.
    ///
    /// Nil if the text is no such thing or longer than 292 years.
    public init?(text: String) {
        guard let (number, unit) = Quantity.split(text) else { return nil }
        let scale: Int
        switch unit {
        case "ns", "nano", "nanosecond", "nanoseconds": scale = 1
        case "us", "µs", "micro", "microsecond", "microseconds": scale = 1_000
        case "", "ms", "milli", "millisecond", "milliseconds": scale = 1_000_000
        case "s", "sec", "second", "seconds": scale = 1_000_000_000
        case "m", "min", "minute", "minutes": scale = 60_000_000_000
        case "h", "hour", "hours": scale = 3_600_000_000_000
        case "d", "day", "days": scale = 86_400_000_000_000
        default: return nil
        }
        let (nanoseconds, isTooLarge) = number.multipliedReportingOverflow(by: scale)
        guard !isTooLarge else { return nil }
        self = .nanoseconds(nanoseconds)
    }

    /// The shortest exact form down to nanoseconds: `1s`, `500ms`, `10min`.
    public var text: String {
        let count = nanoseconds
        if count == 0 { return "0ms" }
        let units: [(String, Int64)] = [
            ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("min", 60_000_000_000),
            ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000),
        ]
        for (unit, size) in units where count % size == 0 { return "\(count / size)\(unit)" }
        return "\(count)ns"
    }
}

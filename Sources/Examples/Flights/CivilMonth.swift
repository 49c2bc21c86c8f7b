import Weir

/// The month of a moment, for the chart.
enum CivilMonth {
    /// 1 for January, of milliseconds since 1970, UTC.
    static func month(ofMilliseconds milliseconds: Int64) -> Int {
        let text = TemporalText.text(milliseconds: milliseconds)
        return Int(text.dropFirst(5).prefix(2)) ?? 1
    }
}

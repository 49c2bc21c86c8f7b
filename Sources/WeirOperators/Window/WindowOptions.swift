import WeirCore

/// What applies to windows of every kind.
public struct WindowOptions: Sendable {
    /// How long after a window's end rows are still taken, in milliseconds; the window fires again
    /// for each.
    public var allowedLateness: Int64 = 0
    /// Whether rows that come too late go to side output 1; else they are only counted.
    public var emitsLateRows = false

    /// No lateness, late rows are counted only.
    public init() {}

    /// Whether a row is too late for a window.
    ///
    /// What decides is the watermark of the row's own split; the operator's, which is never ahead
    /// of it unless the split was idle, tells what state is gone.
    func isLate(_ closingTime: Int64, splitWatermark: Int64, watermark: Int64) -> Bool {
        lastMoment(closingTime) <= max(splitWatermark, watermark)
    }

    /// The watermark at which a window is dropped; saturates.
    func lastMoment(_ closingTime: Int64) -> Int64 {
        let (sum, overflow) = closingTime.addingReportingOverflow(allowedLateness)
        return overflow ? .max : sum
    }
}

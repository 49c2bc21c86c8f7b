import WeirCore

/// When checkpoints are taken and given up; times in nanoseconds.
public struct CheckpointPolicy: Hashable, Sendable {
    /// From one start to the next; nil: only savepoints and the final one.
    public var interval: Int64?
    /// The age at which one that is not complete is given up.
    public var timeout: Int64
    /// The shortest time from an end to the next start.
    public var minimumPause: Int64
    /// How many may fail in a row without the job failing; nil: any number.
    public var tolerableFailures: Int?

    /// Sets all four.
    public init(
        interval: Int64?,
        timeout: Int64,
        minimumPause: Int64 = 0,
        tolerableFailures: Int? = nil
    ) {
        self.interval = interval
        self.timeout = timeout
        self.minimumPause = minimumPause
        self.tolerableFailures = tolerableFailures
    }

    /// The policy that the settings of a job ask for.
    public init(_ settings: JobSettings) {
        let interval = Self.nanoseconds(settings.checkpointInterval)
        self.init(
            interval: interval > 0 ? interval : nil,
            timeout: Self.nanoseconds(settings.checkpointTimeout),
            minimumPause: Self.nanoseconds(settings.checkpointMinimumPause),
            tolerableFailures: settings.tolerableFailedCheckpoints < 0
                ? nil : settings.tolerableFailedCheckpoints
        )
    }

    /// Failures in a row after which a job that is to be stopped ends without a last checkpoint.
    public static let stopAttempts = 3

    /// From a failure to the next start, where the interval does not say it; who waits for a
    /// checkpoint waits no longer.
    static let retryPause: Int64 = 1_000_000_000

    /// The longest time from one start to the next after failures, unless the interval is longer.
    static let longestBackOff: Int64 = 60_000_000_000

    private static func nanoseconds(_ duration: Duration) -> Int64 {
        let parts = duration.components
        let (seconds, isTooLong) = parts.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        // Half of the range, so that a deadline can be added to any time.
        return isTooLong ? .max / 2 : min(seconds, .max / 2) + parts.attoseconds / 1_000_000_000
    }
}

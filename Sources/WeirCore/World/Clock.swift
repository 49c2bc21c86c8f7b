/// What time it is, in two senses.
public protocol Clock: Sendable {
    /// Nanoseconds that only grow; for durations, timeouts and leases.
    func monotonicNanoseconds() -> Int64
    /// Milliseconds since 1970-01-01T00:00:00Z; may jump. Processing time.
    func wallMilliseconds() -> Int64
}

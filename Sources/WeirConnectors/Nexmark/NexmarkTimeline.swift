/// When and in which order Nexmark's events happen: arithmetic on event numbers.
///
/// Event number n has id `firstEventID + adjusted(n)`; number, time and id do not depend on how
/// many splits the events are dealt to.
struct NexmarkTimeline: Sendable {
    private let baseTime: Int64
    private let firstEventID: Int64
    private let groupSize: Int64
    /// Microseconds of event time between events.
    private let delay: Double

    init(_ configuration: NexmarkConfiguration) {
        baseTime = configuration.baseTime
        firstEventID = configuration.firstEventID
        groupSize = configuration.outOfOrderGroupSize
        delay = 1_000_000.0 / Double(configuration.eventsPerSecond)
    }

    /// The number whose time and id event `number` has: another of its group.
    func adjusted(_ number: Int64) -> Int64 {
        if groupSize == 1 { return number }
        let base = number / groupSize &* groupSize
        return base &+ number &* 953 % groupSize
    }

    /// Milliseconds of event time of an adjusted number.
    func time(_ adjusted: Int64) -> Int64 {
        baseTime &+ Int64(Double(adjusted) * delay) / 1000
    }

    /// The id of an adjusted number.
    func id(_ adjusted: Int64) -> Int64 { firstEventID &+ adjusted }

    /// Milliseconds by which an event of a group may lie behind one that came before.
    var disorderMilliseconds: Int64 {
        groupSize == 1 ? 0 : Int64(Double(groupSize) * delay) / 1000 + 1
    }
}

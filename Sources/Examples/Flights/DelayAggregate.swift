import Weir

/// Counts departures and their delays.
struct DelayAggregate<S: EventSchema>: AggregateFunction {
    typealias Input = S

    /// What is known of some departures.
    struct Totals: BitwiseCopyable {
        var flights: Int64 = 0
        var cancelled: Int64 = 0
        /// More than 15 minutes, the line of the statistics of the Department of Transportation.
        var delayed: Int64 = 0
        var delayMinutes: Int64 = 0
        var worst: Int64 = 0
    }

    /// Minutes after the schedule, of a row; nil for a cancelled flight.
    let delay: @Sendable (RowView<S>) -> Int32?

    var initial: Totals { Totals() }

    func add(_ row: RowView<S>, to totals: inout Totals) {
        totals.flights += 1
        guard let minutes = delay(row).map(Int64.init) else {
            totals.cancelled += 1
            return
        }
        if minutes > 15 { totals.delayed += 1 }
        totals.delayMinutes += max(minutes, 0)
        totals.worst = max(totals.worst, minutes)
    }

    func merge(_ other: Totals, into totals: inout Totals) {
        totals.flights += other.flights
        totals.cancelled += other.cancelled
        totals.delayed += other.delayed
        totals.delayMinutes += other.delayMinutes
        totals.worst = max(totals.worst, other.worst)
    }

    func result(_ totals: Totals) -> Totals { totals }
}

import Weir

/// Raises an alert when a carrier has had no departure for a day and a half.
///
/// Each departure sets a timer; one that finds that nothing has followed raises the alert. Rows may
/// come in any order: a row older than the last one known is entered among the times seen.
final class CarrierSilence: KeyedProcessFunction {
    typealias Input = Departure
    typealias Output = Alert

    static let milliseconds: Int64 = 36 * 3_600_000

    /// Times of departures that the watermark has not passed by the silence.
    private let times: OrderedMapState<Int64, Int64>

    init(_ states: KeyedStates) throws(WeirError) {
        times = try states.map("times", Int64.self, Int64.self)
    }

    func process(_ row: RowView<Departure>, _ context: KeyedContext<Alert>) {
        times[row.eventTime] = 1
        context.registerTimer(row.eventTime + CarrierSilence.milliseconds)
    }

    func timerFired(_ time: Int64, _ domain: TimeDomain, _ context: KeyedContext<Alert>) {
        let last = time - CarrierSilence.milliseconds
        times[last] = nil
        // What follows within the silence has come: the watermark is at its end.
        guard times.entries(in: (last + 1)...time).isEmpty else { return }
        context.withKey(of: Departure.self) { key in
            context.emit { alert in
                alert[Alert.time] = time
                alert[Alert.kind] = "silent"
                alert[Alert.subject] = key[Departure.carrier]
                alert[Alert.count] = CarrierSilence.milliseconds / 3_600_000
            }
        }
    }
}

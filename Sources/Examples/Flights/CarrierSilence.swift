import Weir

/// Raises an alert when a carrier has had no departure for a day and a half.
///
/// Rows come in any order; timers put them in theirs. One at each departure notes it as the last,
/// one a silence later raises the alert if it still is.
final class CarrierSilence: KeyedProcessFunction {
    typealias Input = Departure
    typealias Output = Alert

    static let milliseconds: Int64 = 36 * 3_600_000

    /// Minutes of departures that the watermark has not reached.
    private let times: OrderedMapState<Int64, Bool>
    /// The last departure that the watermark has reached.
    private let last: ValueState<Int64>

    init(_ states: KeyedStates) throws(WeirError) {
        times = try states.map("times", Int64.self, Bool.self)
        last = try states.value("last", Int64.self)
    }

    func process(_ row: RowView<Departure>, _ context: KeyedContext<Alert>) {
        times[row.eventTime] = true
        context.registerTimer(row.eventTime)
        context.registerTimer(row.eventTime + CarrierSilence.milliseconds)
    }

    func timerFired(_ time: Int64, _ domain: TimeDomain, _ context: KeyedContext<Alert>) {
        if times[time] != nil {
            times[time] = nil
            last.value = time
        }
        guard last.value == time - CarrierSilence.milliseconds else { return }
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

import Weir

/// Raises an alert when delays pile up at an airport, and another when they have cleared.
///
/// Rows come in any order; a timer at each minute of departure looks at the minutes in their order,
/// when the watermark says that all rows of a minute are there.
final class DelayPileUp: KeyedProcessFunction {
    typealias Input = Departure
    typealias Output = Alert

    static let spanMilliseconds: Int64 = 3_600_000
    static let delayMinutes: Int32 = 60
    static let raisedAt: Int64 = 10
    static let clearedBelow: Int64 = 5

    /// Flights with a long delay, by the time of their departure.
    private let delayed: OrderedMapState<Int64, Int64>
    /// Whether an alert is on.
    private let isRaised: ValueState<Bool>

    init(_ states: KeyedStates) throws(WeirError) {
        delayed = try states.map("delayed", Int64.self, Int64.self)
        isRaised = try states.value("raised", Bool.self)
    }

    func process(_ row: RowView<Departure>, _ context: KeyedContext<Alert>) {
        if let delay = row[Departure.delay], delay > DelayPileUp.delayMinutes {
            delayed[row.eventTime] = (delayed[row.eventTime] ?? 0) + 1
        }
        context.registerTimer(row.eventTime)
    }

    func timerFired(_ time: Int64, _ domain: TimeDomain, _ context: KeyedContext<Alert>) {
        let begin = time - DelayPileUp.spanMilliseconds
        // Each timer forgets what has left the span since the last; a day covers any pause.
        for old in delayed.entries(in: (begin - 86_400_000)...begin) { delayed[old.key] = nil }
        let count = delayed.entries(in: (begin + 1)...time).reduce(0) { $0 + $1.value }
        let wasRaised = isRaised.value ?? false
        if !wasRaised, count >= DelayPileUp.raisedAt {
            isRaised.value = true
            emit("delays", time, count, context)
        } else if wasRaised, count < DelayPileUp.clearedBelow {
            isRaised.value = false
            emit("cleared", time, count, context)
        }
    }

    private func emit(
        _ kind: StringView,
        _ time: Int64,
        _ count: Int64,
        _ context: KeyedContext<Alert>
    ) {
        context.withKey(of: Departure.self) { key in
            context.emit { alert in
                alert[Alert.time] = time
                alert[Alert.kind] = kind
                alert[Alert.subject] = key[Departure.origin]
                alert[Alert.count] = count
            }
        }
    }
}

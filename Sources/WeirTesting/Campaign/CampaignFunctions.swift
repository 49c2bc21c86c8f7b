import Weir

/// Adds up amounts for each tenth millisecond of event time, and tells the sum at its end.
final class TenthSums: KeyedProcessFunction {
    typealias Input = CampaignClick
    typealias Output = CampaignTotal
    private let sums: MapState<Int64, Int64>

    init(_ states: KeyedStates) throws(WeirError) {
        sums = try states.map("sums", Int64.self, Int64.self)
    }

    func process(_ click: RowView<CampaignClick>, _ context: KeyedContext<CampaignTotal>) {
        let tenth = click.eventTime / 10
        sums[tenth] = (sums[tenth] ?? 0) + click[CampaignClick.amount]
        context.registerTimer(tenth * 10 + 9)
    }

    func timerFired(_ time: Int64, _ domain: TimeDomain, _ context: KeyedContext<CampaignTotal>) {
        let tenth = time / 10
        context.withKey(of: CampaignClick.self) { key in
            context.emit { row in
                row[CampaignTotal.user] = key[CampaignClick.user]
                row[CampaignTotal.sum] = sums[tenth] ?? -1
                row[CampaignTotal.other] = tenth
            }
        }
        sums[tenth] = nil
    }
}

/// Adds up the amounts of two streams for each tenth millisecond, and tells both at its end.
final class PairedTenthSums: KeyedCoProcessFunction {
    typealias Left = CampaignClick
    typealias Right = CampaignClick
    typealias Output = CampaignTotal
    private let left: MapState<Int64, Int64>
    private let right: MapState<Int64, Int64>

    init(_ states: KeyedStates) throws(WeirError) {
        left = try states.map("left", Int64.self, Int64.self)
        right = try states.map("right", Int64.self, Int64.self)
    }

    func processLeft(_ click: RowView<CampaignClick>, _ context: KeyedContext<CampaignTotal>) {
        add(click, to: left, context)
    }

    func processRight(_ click: RowView<CampaignClick>, _ context: KeyedContext<CampaignTotal>) {
        add(click, to: right, context)
    }

    private func add(
        _ click: RowView<CampaignClick>,
        to sums: MapState<Int64, Int64>,
        _ context: KeyedContext<CampaignTotal>
    ) {
        let tenth = click.eventTime / 10
        sums[tenth] = (sums[tenth] ?? 0) + click[CampaignClick.amount]
        context.registerTimer(tenth * 10 + 9)
    }

    func timerFired(_ time: Int64, _ domain: TimeDomain, _ context: KeyedContext<CampaignTotal>) {
        let tenth = time / 10
        context.withKey(of: CampaignClick.self) { key in
            context.emit { row in
                row[CampaignTotal.user] = key[CampaignClick.user] * 1_000_000 + tenth
                row[CampaignTotal.sum] = left[tenth] ?? 0
                row[CampaignTotal.other] = right[tenth] ?? 0
            }
        }
        left[tenth] = nil
        right[tenth] = nil
    }
}

import Weir

/// Rows of the campaign's jobs: who, how much, and when.
enum CampaignClick: EventSchema {
    static var user: Column<Int64> { .init(index: 0, id: 1, "user") }
    static var amount: Column<Int64> { .init(index: 1, id: 2, "amount") }
    static var time: Column<Int64> { .init(index: 2, id: 3, "time") }
    static let schema = Schema(of: user, amount, time)
}

/// Results of the campaign's jobs: who, and two numbers.
enum CampaignTotal: EventSchema {
    static var user: Column<Int64> { .init(index: 0, id: 1, "user") }
    static var sum: Column<Int64> { .init(index: 1, id: 2, "sum") }
    static var other: Column<Int64> { .init(index: 2, id: 3, "other") }
    static let schema = Schema(of: user, sum, other)
}

import Weir

/// How a campaign's rows are drawn: users stay in one split each, times rise with some disorder.
struct CampaignInput {
    var count: Int
    var users = 17
    var splits = 3
    /// How far times may go back, in milliseconds.
    var disorder = 8
    /// How far behind the watermark stays; less than `disorder` makes late rows.
    var bound: Int64 = 9
    var firstUser = 0
    var pollRows = 8
    /// Whether rows are read as fast as the job takes them.
    var isFast = false

    /// The rows of each split, in order.
    func rows(seed: UInt64) -> [[(user: Int64, amount: Int64, time: Int64)]] {
        var chance = SplitMix64(seed: seed)
        func below(_ limit: Int) -> Int { Int(chance.next() % UInt64(limit)) }
        var rows = [[(user: Int64, amount: Int64, time: Int64)]](repeating: [], count: splits)
        var time = [Int64](repeating: 0, count: splits)
        for _ in 0..<count {
            let user = below(users)
            let split = user % splits
            time[split] += Int64(below(4))
            let moment = max(0, time[split] - Int64(below(disorder + 1)))
            rows[split].append((Int64(firstUser + user), Int64(below(100)), moment))
        }
        return rows
    }

    /// The rows as a log; it is not ended.
    func log(seed: UInt64) -> TestInput {
        let log = TestInput(
            CampaignClick.schema,
            splits: splits,
            pollRows: pollRows,
            pollEvery: isFast ? .zero : .milliseconds(1)
        )
        for (split, rows) in rows(seed: seed).enumerated() {
            var newest: Int64 = 0
            for (index, row) in rows.enumerated() {
                let values = [row.user, row.amount, row.time].map { Value.integer($0) }
                log.push(values, at: row.time, split: split)
                newest = max(newest, row.time)
                if index % 7 == 6 { log.advance(watermark: newest - bound, split: split) }
            }
        }
        return log
    }
}

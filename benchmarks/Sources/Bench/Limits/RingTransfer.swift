import CLimits

/// Words through a ring between two threads.
struct RingTransfer: Limit {
    let batch: UInt32
    let unit = "M/s"
    var name: String { "ring-\(batch)" }
    var summary: String { "words from thread to thread, \(batch) at a time" }

    func measure(_ context: BenchmarkContext) throws -> [Double] {
        let words: UInt64 = 4_000_000
        let sum = words * (words - 1) / 2
        var isRight = true
        let values = context.repeated {
            let result = limits_ring(words, batch)
            isRight = isRight && result.check == sum
            return result.rate / 1e6
        }
        guard isRight else { throw BenchmarkFailure("The ring lost words.") }
        return values
    }
}

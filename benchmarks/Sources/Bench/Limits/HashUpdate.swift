import CLimits

/// Counting in a flat hash table with 16-byte entries, which is what the engine's state tier does
/// for 8-byte keys and values: the limit of a keyed count.
struct HashUpdate: Limit {
    let millionKeys: UInt64
    let isPrefetched: Bool
    let unit = "M/s"
    var name: String { "hash-update-\(millionKeys)M" + (isPrefetched ? "" : "-naive") }
    var summary: String {
        "\(millionKeys) M uniform keys, "
            + (isPrefetched ? "prefetch in blocks of 32" : "one by one")
    }

    func measure(_ context: BenchmarkContext) throws -> [Double] {
        let keyCount = millionKeys * 1_000_000
        guard let table = limits_table_make(keyCount) else {
            throw BenchmarkFailure("There is no memory for a table of \(keyCount) keys.")
        }
        defer { limits_table_free(table) }
        let updates = 4_000_000
        let memory = try RawMemory(updates * 8)
        let keys = memory.start.bindMemory(to: UInt64.self, capacity: updates)
        var seed = context.seed
        return context.repeated {
            limits_fill_keys(keys, updates, keyCount, seed)
            seed += 1
            let result =
                isPrefetched
                ? limits_table_update_prefetched(table, keys, updates)
                : limits_table_update(table, keys, updates)
            return result.rate / 1e6
        }
    }
}

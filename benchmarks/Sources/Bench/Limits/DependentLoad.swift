import CLimits

/// How long one load takes that must wait for the one before.
struct DependentLoad: Limit {
    let megabytes: Int
    let unit = "ns"
    var name: String { "chase-\(megabytes)MB" }
    var summary: String { "a load that depends on the last, within \(megabytes) MB" }

    func measure(_ context: BenchmarkContext) throws -> [Double] {
        let memory = try RawMemory(megabytes << 20)
        limits_chase_prepare(memory.start, memory.byteCount, context.seed)
        let steps: UInt64 = megabytes > 16 ? 1_000_000 : 4_000_000
        return context.repeated { 1e9 / limits_chase(memory.start, steps).rate }
    }
}

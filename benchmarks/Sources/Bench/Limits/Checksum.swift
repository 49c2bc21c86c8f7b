import CLimits

/// CRC32C over bytes that are in the nearest caches.
struct Checksum: Limit {
    let lanes: Int32
    let unit = "GB/s"
    var name: String { "crc32c-\(lanes)" }
    var summary: String { lanes == 1 ? "CRC32C, one chain" : "CRC32C, \(lanes) chains at once" }

    func measure(_ context: BenchmarkContext) throws -> [Double] {
        let memory = try RawMemory(1 << 20)
        return context.repeated { limits_crc32c(memory.start, memory.byteCount, lanes).rate / 1e9 }
    }
}

import CLimits

/// Bytes a second of one core and the memory behind its caches.
struct MemoryBandwidth: Limit {
    enum Direction: String, Sendable {
        case read
        case fill
        case copy
    }

    let direction: Direction
    let unit = "GB/s"
    var name: String { "memory-\(direction.rawValue)" }
    var summary: String { "\(direction.rawValue) 256 MB, one core" }

    init(_ direction: Direction) { self.direction = direction }

    func measure(_ context: BenchmarkContext) throws -> [Double] {
        let bytes = 256 << 20
        let first = try RawMemory(bytes)
        let second = try RawMemory(direction == .copy ? bytes : 64)
        return context.repeated {
            let result =
                switch direction {
                case .read: limits_memory_read(first.start, bytes)
                case .fill: limits_memory_fill(first.start, bytes)
                case .copy: limits_memory_copy(second.start, first.start, bytes)
                }
            return result.rate / 1e9
        }
    }
}

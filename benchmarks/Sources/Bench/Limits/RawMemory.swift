import CLimits

/// Owns memory on huge pages.
final class RawMemory {
    let start: UnsafeMutableRawPointer
    let byteCount: Int

    init(_ byteCount: Int) throws {
        guard let start = limits_allocate(byteCount) else {
            throw BenchmarkFailure("There are no \(byteCount) bytes of memory left.")
        }
        self.start = start
        self.byteCount = byteCount
    }

    deinit { limits_free(start, byteCount) }
}

extension limits_result {
    /// Operations or bytes a second.
    var rate: Double { nanoseconds == 0 ? 0 : Double(amount) / Double(nanoseconds) * 1e9 }
}

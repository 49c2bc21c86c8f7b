import CWeirIntrinsics

/// Words that are zero at first: for tables that are large and short-lived.
///
/// Huge pages where there are enough of them: a table is met at random, and each page of 4 KiB
/// would cost a walk through the page tables. Gives the memory back to the kernel at its end.
struct ZeroedWords: ~Copyable {
    // SAFETY: `start` has `count` words, or as many as were mapped; only this value frees them, and
    // it cannot be copied.
    let start: UnsafeMutablePointer<UInt64>
    private let mappedBytes: Int

    private static let hugePageBytes = 2 << 20

    /// So many words.
    init(count: Int) {
        let bytes = (count * 8 + Self.hugePageBytes - 1) & ~(Self.hugePageBytes - 1)
        if count * 8 >= Self.hugePageBytes,
            let mapped = weir_map_memory(bytes, Self.hugePageBytes, 1)
        {
            start = mapped.bindMemory(to: UInt64.self, capacity: bytes / 8)
            mappedBytes = bytes
        } else {
            start = .allocate(capacity: count)
            start.initialize(repeating: 0, count: count)
            mappedBytes = 0
        }
    }

    deinit {
        if mappedBytes > 0 {
            weir_unmap_memory(start, mappedBytes)
        } else {
            start.deallocate()
        }
    }
}

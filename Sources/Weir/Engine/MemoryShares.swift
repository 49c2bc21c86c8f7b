/// How `--memory` is divided: what the process may take beside what it had at its start.
///
/// A fixed part is for what does not grow with the budget: code that is mapped when it first runs,
/// the writers of table files, buffers of files and sockets, threads. Of the rest half is for keyed
/// state in memory, an eighth for RocksDB's blocks, an eighth for the sort runs of two folds, and a
/// quarter for segments on their way to the disk; less than half of that is kept for the next ones.
struct MemoryShares {
    /// The most that does not grow with the budget.
    static let fixedBytes = 16 << 20
    /// Keyed state gets as much, if that is no more than half of all: a small budget is for small
    /// states, which must not wait for the disk.
    private static let leastKeyedState = 12 << 20
    private static let sortRunRange = (512 << 10)...(16 << 20)

    /// Keyed state in memory, of all slots.
    let keyedState: Int
    /// The block cache of all images.
    let blockCache: Int
    /// The sort run of one fold; two may run at a time.
    let sortRun: Int
    /// Memory of written segments that is kept for the next ones.
    let keptSegments: Int

    /// Divides `total` bytes.
    init(of total: Int) {
        let rest = max(total - Self.fixedBytes, total / 2)
        keyedState = max(rest / 2, min(total / 2, Self.leastKeyedState))
        blockCache = rest / 8
        sortRun = min(max(rest / 16, Self.sortRunRange.lowerBound), Self.sortRunRange.upperBound)
        keptSegments = rest / 10
    }
}

/// Which runs of segments are merged: neighbours of similar size, as in a size-tiered log-structured
/// merge tree (O'Neil et al., Acta Informatica 1996).
///
/// A run is what one epoch or one merge wrote. Each entry is copied about once for each factor of
/// three by which the state is larger than what a checkpoint changes; what is stored is at most three
/// times the state.
enum MergePolicy {
    /// So many runs are merged at least.
    private static let leastRuns = 3
    /// So many small ones, since each merge has its own costs.
    private static let leastSmallRuns = 8
    /// Runs of fewer bytes together are small.
    private static let smallBytes = 1 << 20
    /// Differences below this are none.
    private static let grain = 64 << 10

    /// The runs to merge now; nil: none.
    ///
    /// `bytes` are the sizes of the runs, oldest first.
    static func choose(_ bytes: [Int]) -> Range<Int>? {
        guard var total = bytes.last.map({ max($0, grain) }) else { return nil }
        var start = bytes.count - 1
        while start > 0, max(bytes[start - 1], grain) <= 2 * total {
            start -= 1
            total += max(bytes[start], grain)
        }
        let count = bytes.count - start
        let least = total < smallBytes ? leastSmallRuns : leastRuns
        return count >= least ? start..<bytes.count : nil
    }
}

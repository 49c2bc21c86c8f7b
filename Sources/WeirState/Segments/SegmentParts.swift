import WeirCore
import WeirSnapshot

/// Divides key groups into ranges so that what segments hold of each is bounded.
enum SegmentParts {
    /// Ranges of neighbouring key groups with at most about `mostEntries` entries each, or one group.
    ///
    /// Entries are counted by block, and a block whose groups are in two ranges is read for both; so
    /// of the places where a range may end, in its second half, the one is taken that cuts the fewest
    /// entries' blocks.
    static func divide(
        _ readers: [SegmentReader],
        _ range: KeyGroupRange,
        mostEntries: Int
    ) -> [KeyGroupRange] {
        guard range.count > 0 else { return [] }
        var counts = [Double](repeating: 0, count: range.count)
        // Entries of the blocks that a cut before a group would be inside of: first as differences.
        var cut = [Int](repeating: 0, count: range.count + 1)
        for reader in readers {
            for block in 0..<reader.blockCount {
                let groups = reader.keyGroupRange(ofBlock: block)
                guard let shared = groups.intersection(range) else { continue }
                let entryCount = reader.entryCount(ofBlock: block)
                let share = Double(entryCount) / Double(groups.count)
                for group in shared.lower..<shared.upper { counts[group - range.lower] += share }
                cut[shared.lower + 1 - range.lower] += entryCount
                cut[shared.upper - range.lower] -= entryCount
            }
        }
        for index in 1..<cut.count { cut[index] += cut[index - 1] }
        var parts: [KeyGroupRange] = []
        var start = 0
        while start < range.count {
            let end = end(of: start, counts, cut, mostEntries: Double(mostEntries))
            parts.append(KeyGroupRange(range.lower + start, range.lower + end))
            start = end
        }
        return parts
    }

    /// Where the range that begins at an index ends.
    private static func end(
        of start: Int,
        _ counts: [Double],
        _ cut: [Int],
        mostEntries: Double
    ) -> Int {
        var sum = 0.0
        var best = start + 1
        for index in start..<counts.count {
            sum += counts[index]
            if index > start, sum > mostEntries { return best }
            if sum < mostEntries / 2 || cut[index + 1] <= cut[best] { best = index + 1 }
        }
        return counts.count
    }

    /// At most so many entries a block may have for some key groups.
    static func entryCount(_ readers: [SegmentReader], in range: KeyGroupRange) -> Int {
        readers.reduce(0) { count, reader in
            (0..<reader.blockCount).reduce(count) {
                reader.mayContain(block: $1, range) ? $0 + reader.entryCount(ofBlock: $1) : $0
            }
        }
    }
}

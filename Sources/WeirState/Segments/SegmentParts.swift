import WeirCore
import WeirSnapshot

/// Divides key groups into ranges so that what segments hold of each is bounded.
enum SegmentParts {
    /// Ranges of neighbouring key groups with at most about `mostEntries` entries each, or one group.
    ///
    /// Entries are counted by block, so a range is never smaller than what blocks tell apart unless it
    /// has to be; then blocks are read several times.
    static func divide(
        _ readers: [SegmentReader],
        _ range: KeyGroupRange,
        mostEntries: Int
    ) -> [KeyGroupRange] {
        guard range.count > 0 else { return [] }
        var counts = [Double](repeating: 0, count: range.count)
        for reader in readers {
            for block in 0..<reader.blockCount {
                let groups = reader.keyGroupRange(ofBlock: block)
                guard let shared = groups.intersection(range) else { continue }
                let share = Double(reader.entryCount(ofBlock: block)) / Double(groups.count)
                for group in shared.lower..<shared.upper { counts[group - range.lower] += share }
            }
        }
        var parts: [KeyGroupRange] = []
        var start = range.lower
        var sum = 0.0
        for group in range.lower..<range.upper {
            let count = counts[group - range.lower]
            if sum > 0, sum + count > Double(mostEntries) {
                parts.append(KeyGroupRange(start, group))
                start = group
                sum = 0
            }
            sum += count
        }
        parts.append(KeyGroupRange(start, range.upper))
        return parts
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

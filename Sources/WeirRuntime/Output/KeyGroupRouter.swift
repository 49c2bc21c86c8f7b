import WeirCore
import WeirData

/// Splits batches by the owner of each row's key group.
final class KeyGroupRouter {
    private let codec: KeyCodec
    private let keys: ExtractedKeys
    private let parallelism: Int
    private let maxParallelism: Int

    init(schema: Schema, columns: [Int], parallelism: Int, maxParallelism: Int) {
        codec = KeyCodec(schema, columns: columns)
        keys = ExtractedKeys(codec.layout)
        self.parallelism = parallelism
        self.maxParallelism = maxParallelism
    }

    /// Calls `body` with each subtask that gets rows of the batch, and those rows.
    func route(_ batch: Batch, _ body: (Int, Batch) -> Void) {
        let rows = RowSelection(batch)
        codec.extract(batch, rows, into: keys)
        let selections = (0..<parallelism).map { _ in Selection(capacity: rows.count) }
        withUnsafeTemporaryAllocation(of: Int.self, capacity: parallelism) { counts in
            counts.initialize(repeating: 0)
            for index in 0..<rows.count {
                let group = KeyGroup(hash: keys.hashes[index], maxParallelism: maxParallelism)
                let target = KeyGroupRange.owner(
                    of: group,
                    parallelism: parallelism,
                    maxParallelism: maxParallelism
                )
                selections[target].indices[counts[target]] = UInt16(
                    truncatingIfNeeded: rows[index]
                )
                counts[target] &+= 1
            }
            for target in 0..<parallelism where counts[target] > 0 {
                let part = batch.aliased()
                selections[target].setCount(counts[target])
                part.select(counts[target] == batch.rowCount ? nil : selections[target])
                body(target, part)
            }
        }
    }

    /// The rows of a batch whose key groups are in `range`, or nil if there are none.
    func rows(of batch: Batch, in range: KeyGroupRange) -> Batch? {
        let rows = RowSelection(batch)
        codec.extract(batch, rows, into: keys)
        let kept = Selection(capacity: max(1, rows.count))
        var count = 0
        for index in 0..<rows.count {
            let group = KeyGroup(hash: keys.hashes[index], maxParallelism: maxParallelism)
            guard range.contains(group) else { continue }
            kept.indices[count] = UInt16(truncatingIfNeeded: rows[index])
            count += 1
        }
        guard count > 0 else { return nil }
        kept.setCount(count)
        let part = batch.aliased()
        part.select(kept)
        return part
    }
}

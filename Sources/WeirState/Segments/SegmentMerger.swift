import WeirCore
import WeirSnapshot

/// Merges segments into new ones that hold the newest value of each key once.
///
/// No sorting: parts of the key groups are taken one after the other, the newest segment first, and
/// a table of the keys that were met tells which entries are old. So a merge costs some 30 ns an
/// entry, where folding into RocksDB costs a microsecond. Blocks; any one thread.
struct SegmentMerger {
    /// A segment, and the key groups that count in it.
    struct Input {
        let reader: SegmentReader
        let range: KeyGroupRange
    }

    /// The key groups to take.
    let range: KeyGroupRange
    /// Oldest first.
    let inputs: [Input]
    /// Whether nothing lies below, so that a removal need not be remembered.
    let isBase: Bool
    /// What may be dropped.
    let timeToLive: ImageTimeToLive
    /// About so many bytes of memory may be used.
    let memoryBytes: Int
    /// Bytes at which a new segment is begun.
    let segmentBytes: Int
    /// Looked at between two blocks.
    let cancellation: Cancellation

    /// So many blocks are looked at to learn how long keys are.
    private static let sampledBlocks = 16

    /// Calls `write` with each new segment.
    ///
    /// - Throws: `corruptSnapshot`, `fileFailed`, `cancelled`, and what `write` throws.
    func run(_ write: (SegmentImage) throws(WeirError) -> Void) throws(WeirError) {
        let builder = SegmentBuilder(dividing: range)
        let readers = inputs.map(\.reader)
        let mostEntries = max(memoryBytes / (try sampleKeyBytes()), 1024)
        for part in SegmentParts.divide(readers, range, mostEntries: mostEntries) {
            try merge(part, into: builder, write)
        }
        if builder.entryCount > 0 { try write(builder.finish()) }
    }

    /// Bytes that a key takes in the table of keys, on average over some blocks.
    private func sampleKeyBytes() throws(WeirError) -> Int {
        let block = BlockEntries()
        var bytes = 0
        var count = 0
        let total = inputs.reduce(0) { $0 + $1.reader.blockCount }
        let step = max(total / Self.sampledBlocks, 1)
        var next = step / 2
        for input in inputs {
            while next < input.reader.blockCount {
                try block.read(input.reader, block: next, in: input.range) { _ in }
                for index in 0..<block.count {
                    bytes += SeenKeys.bytes(ofKey: block.entries[index].key.count)
                }
                count += block.count
                next += step
            }
            next -= input.reader.blockCount
        }
        return count == 0 ? SeenKeys.bytes(ofKey: 8) : bytes / count
    }

    private func merge(
        _ part: KeyGroupRange,
        into builder: SegmentBuilder,
        _ write: (SegmentImage) throws(WeirError) -> Void
    ) throws(WeirError) {
        var seen = SeenKeys(
            count: SegmentParts.entryCount(inputs.map(\.reader), in: part)
        )
        let block = BlockEntries()
        for input in inputs.reversed() {
            guard let shared = input.range.intersection(part) else { continue }
            // Of two entries for a key the later one holds, so the last block comes first.
            for number in (0..<input.reader.blockCount).reversed() {
                try cancellation.check("A merge of segments")
                try block.read(input.reader, block: number, in: shared) { seen.prefetch($0) }
                for index in (0..<block.count).reversed() {
                    let entry = block.entries[index]
                    guard seen.insert(entry, block.hashes[index]) else { continue }
                    append(entry, to: builder)
                }
                if builder.byteCount >= segmentBytes { try write(builder.finish()) }
            }
        }
    }

    private func append(_ entry: SegmentEntry, to builder: SegmentBuilder) {
        if let value = entry.value, !timeToLive.allowsDropping(state: entry.state, value) {
            builder.append(
                keyGroup: entry.keyGroup,
                state: entry.state,
                key: entry.key,
                value: value
            )
        } else if !isBase {
            builder.appendTombstone(
                keyGroup: entry.keyGroup,
                state: entry.state,
                key: entry.key
            )
        }
    }
}

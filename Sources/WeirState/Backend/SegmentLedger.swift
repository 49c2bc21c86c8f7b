import WeirCore
import WeirSnapshot

/// Which segments lie on top of the image, what they belong to, and where they can be read.
///
/// A value without effects: the backend tells it what happened and asks what to do.
struct SegmentLedger {
    /// A segment that is not folded.
    struct Entry {
        /// Counts the segments of this backend; a later one is newer.
        let sequence: UInt64
        /// The tag that its entries carry in the tables.
        let tag: UInt8
        /// The key groups that count in it; after a rescale a file may hold others.
        let range: KeyGroupRange
        /// The checkpoint at whose barrier its epoch ended; the next one for a spill.
        let checkpoint: CheckpointID
        /// The bytes.
        let local: LocalSegment
        /// Where it is stored, by a checkpoint that completed; nil: the next one stores it again.
        var handle: SegmentHandle?
        /// Whether its entries can be read below, from a spill layer.
        var isLayered = false
    }

    /// Tags from 0 up to this number.
    static let tagCount: UInt8 = 8

    /// Oldest first.
    private(set) var entries: [Entry] = []
    private var nextSequence: UInt64 = 1
    /// The tag of the epoch that is being serialised; nil: none is.
    private var openTag: UInt8?
    private var lastTag: UInt8 = 0

    /// What may go into the image: the oldest ones, as far as completed checkpoints cover them.
    var foldable: ArraySlice<Entry> { entries.prefix { $0.handle != nil } }

    /// Bytes of what may go into the image.
    var foldableBytes: Int { foldable.reduce(0) { $0 + $1.local.byteCount } }

    /// What can be read in memory only.
    var unlayered: [Entry] { entries.filter { !$0.isLayered } }

    /// Whether entries of a tag can be read in memory only.
    func isUnfolded(_ tag: UInt8) -> Bool {
        tag == openTag || entries.contains { $0.tag == tag && !$0.isLayered }
    }

    /// The tags that are unfolded.
    var unfoldedTags: [UInt8] { (0..<Self.tagCount).filter { isUnfolded($0) } }

    /// Begins an epoch's segments and tells their tag.
    ///
    /// A new one while one stays free for clean entries; else the last one goes on: its entries
    /// become foldable together.
    mutating func openEpoch() -> UInt8 {
        precondition(openTag == nil, "an epoch is being serialised")
        let free = (0..<Self.tagCount).filter { !isUnfolded($0) && $0 != lastTag }
        if free.count > 1, let tag = free.first { lastTag = tag }
        openTag = lastTag
        return lastTag
    }

    /// All segments of the epoch are there, or it is given up.
    mutating func closeEpoch() { openTag = nil }

    /// Adds the newest segment.
    @discardableResult
    mutating func append(
        _ local: LocalSegment,
        tag: UInt8,
        range: KeyGroupRange,
        checkpoint: CheckpointID,
        handle: SegmentHandle? = nil
    ) -> UInt64 {
        let sequence = nextSequence
        nextSequence += 1
        entries.append(
            Entry(
                sequence: sequence,
                tag: tag,
                range: range,
                checkpoint: checkpoint,
                local: local,
                handle: handle
            )
        )
        return sequence
    }

    /// A checkpoint completed that stored these segments.
    mutating func cover(_ handles: [UInt64: SegmentHandle]) {
        for index in entries.indices {
            if let handle = handles[entries[index].sequence] { entries[index].handle = handle }
        }
    }

    /// A spill layer holds these segments.
    mutating func layer(_ sequences: Set<UInt64>) {
        for index in entries.indices where sequences.contains(entries[index].sequence) {
            entries[index].isLayered = true
        }
    }

    /// The image holds the segments up to this one.
    mutating func removeFolded(through sequence: UInt64) {
        entries.removeAll { $0.sequence <= sequence }
    }

    /// Forgets what no completed checkpoint covers, and that layers exist: the job goes back.
    mutating func goBack() {
        openTag = nil
        entries.removeAll { $0.handle == nil }
        for index in entries.indices { entries[index].isLayered = false }
    }
}

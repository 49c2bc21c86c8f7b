import WeirCore
import WeirSnapshot

/// Which segments lie on top of the image, what they belong to, and where they can be read.
///
/// A value without effects: the backend tells it what happened and asks what to do.
struct SegmentLedger {
    /// A segment that is not folded.
    struct Entry {
        /// Names the segment; no other of this backend has it.
        let id: UInt64
        /// Its place in time: a later one is newer.
        ///
        /// What is merged has the place of its newest part.
        let sequence: UInt64
        /// The epoch or the merge that made it, perhaps with others.
        let run: UInt64
        /// The tags that its entries may carry in the tables.
        let tags: TagSet
        /// Whether it begins the state: nothing lies below, and it knows no removals.
        let isBase: Bool
        /// The key groups that count in it; after a rescale a file may hold others.
        let range: KeyGroupRange
        /// The checkpoint at whose barrier its epoch ended; the next one for a spill.
        let checkpoint: CheckpointID
        /// The bytes.
        let local: LocalSegment
        /// Where it is stored, by a checkpoint that completed; nil: the next one stores it again.
        var handle: SegmentHandle?
        /// Whether completed checkpoints cover what is in it.
        var isCovered: Bool
        /// Whether its entries can be read below, from a spill layer.
        var isLayered = false
    }

    /// A set of tags.
    struct TagSet {
        private(set) var bits: UInt8 = 0

        init() {}

        init(_ tag: UInt8) { bits = 1 << tag }

        func contains(_ tag: UInt8) -> Bool { bits & (1 << tag) != 0 }

        /// One of them: what is read from a segment may carry any.
        var first: UInt8 { UInt8(truncatingIfNeeded: bits.trailingZeroBitCount) & 7 }

        mutating func formUnion(_ other: TagSet) { bits |= other.bits }
    }

    /// Tags from 0 up to this number.
    static let tagCount: UInt8 = 8

    /// Oldest first.
    private(set) var entries: [Entry] = []
    private var nextSequence: UInt64 = 1
    private var nextID: UInt64 = 1
    private var nextRun: UInt64 = 1
    /// The tag of the epoch that is being serialised; nil: none is.
    private var openTag: UInt8?
    private var lastTag: UInt8 = 0

    /// What may go into the image or be merged: the oldest ones, as far as completed checkpoints
    /// cover them.
    var foldable: ArraySlice<Entry> { entries.prefix { $0.isCovered } }

    /// Bytes of what may go into the image.
    var foldableBytes: Int { foldable.reduce(0) { $0 + $1.local.byteCount } }

    /// What can be read in memory only.
    var unlayered: [Entry] { entries.filter { !$0.isLayered } }

    /// Whether entries of a tag can be read in memory only.
    func isUnfolded(_ tag: UInt8) -> Bool {
        tag == openTag || entries.contains { $0.tags.contains(tag) && !$0.isLayered }
    }

    /// Whether removals of a tag must be remembered: a segment knows them, or the key's older value.
    func isNeeded(_ tag: UInt8) -> Bool {
        tag == openTag || entries.contains { $0.tags.contains(tag) && !$0.isLayered && !$0.isBase }
    }

    /// The tags that are unfolded.
    var unfoldedTags: [UInt8] { (0..<Self.tagCount).filter { isUnfolded($0) } }

    /// Begins an epoch's segments and tells their tag.
    ///
    /// One that no segment has, while one of these stays free for clean entries; else one that only
    /// the base has, whose removals are forgotten; else the last one goes on: its entries become
    /// foldable together.
    mutating func openEpoch() -> UInt8 {
        precondition(openTag == nil, "an epoch is being serialised")
        nextRun += 1
        let others = (0..<Self.tagCount).filter { $0 != lastTag }
        let free = others.filter { !isUnfolded($0) }
        if free.count > 1, let tag = free.first {
            lastTag = tag
        } else if let tag = others.first(where: { isUnfolded($0) && !isNeeded($0) }) {
            lastTag = tag
        }
        openTag = lastTag
        return lastTag
    }

    /// All segments of the epoch are there, or it is given up.
    mutating func closeEpoch() { openTag = nil }

    /// Adds the newest segment; one with a handle is covered.
    mutating func append(
        _ local: LocalSegment,
        tag: UInt8,
        range: KeyGroupRange,
        checkpoint: CheckpointID,
        handle: SegmentHandle? = nil
    ) {
        // A snapshot does not say what was made together; what has one checkpoint may have been.
        let isRestored = handle != nil
        if isRestored, let last = entries.last, last.checkpoint != checkpoint { nextRun += 1 }
        entries.append(
            Entry(
                id: nextID,
                sequence: nextSequence,
                run: nextRun,
                tags: TagSet(tag),
                isBase: false,
                range: range,
                checkpoint: checkpoint,
                local: local,
                handle: handle,
                isCovered: isRestored
            )
        )
        nextID += 1
        nextSequence += 1
    }

    /// The covered segments by run, oldest first.
    var runs: [ArraySlice<Entry>] {
        var runs: [ArraySlice<Entry>] = []
        let foldable = foldable
        for index in foldable.indices {
            if let last = runs.last, last.first?.run == foldable[index].run {
                runs[runs.count - 1] = foldable[last.startIndex...index]
            } else {
                runs.append(foldable[index...index])
            }
        }
        return runs
    }

    /// Puts segments with the newest values of some neighbours in their place.
    ///
    /// Returns false, and changes nothing, if they are not all there any more, or can be read below.
    mutating func replace(
        _ merged: ArraySlice<Entry>,
        by segments: [LocalSegment],
        range: KeyGroupRange,
        isBase: Bool
    ) -> Bool {
        guard let first = merged.first, let last = merged.last,
            let start = entries.firstIndex(where: { $0.id == first.id }),
            entries[start...].prefix(merged.count).map(\.id) == merged.map(\.id),
            entries[start...].prefix(merged.count).allSatisfy({ $0.isCovered && !$0.isLayered })
        else { return false }
        var tags = TagSet()
        for entry in merged { tags.formUnion(entry.tags) }
        nextRun += 1
        let fresh = segments.map { local in
            defer { nextID += 1 }
            return Entry(
                id: nextID,
                sequence: last.sequence,
                run: nextRun,
                tags: tags,
                isBase: isBase,
                range: range,
                checkpoint: merged.map(\.checkpoint).max() ?? last.checkpoint,
                local: local,
                handle: nil,
                isCovered: true
            )
        }
        nextRun += 1
        entries.replaceSubrange(start..<start + merged.count, with: fresh)
        return true
    }

    /// A checkpoint completed that stored these segments.
    mutating func cover(_ handles: [UInt64: SegmentHandle]) {
        for index in entries.indices {
            guard let handle = handles[entries[index].id] else { continue }
            entries[index].handle = handle
            entries[index].isCovered = true
        }
    }

    /// A spill layer holds these segments.
    mutating func layer(_ ids: Set<UInt64>) {
        for index in entries.indices where ids.contains(entries[index].id) {
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
        entries.removeAll { !$0.isCovered }
        for index in entries.indices { entries[index].isLayered = false }
    }
}

import WeirCore
import WeirSnapshot

/// Segments of a restored checkpoint whose entries are not all in the tables yet.
///
/// An index of each part of the key groups finds what a batch asks for, so that a task serves at
/// once; meanwhile the parts are loaded, one after the other. The owner's thread only.
final class PendingSegments {
    /// A segment, oldest first.
    struct Segment {
        let id: UInt64
        let reader: SegmentReader
        let range: KeyGroupRange
        /// What its entries carry in the tables.
        let tag: UInt8
        /// Whether its entries can be read in memory only.
        var isAlive = true
    }

    /// Key groups that are loaded together.
    private struct Part {
        let range: KeyGroupRange
        /// Nil once all is in the tables.
        var index: SegmentIndex?
    }

    /// Where the loading stands: the block before which it has come, from the end.
    private struct Place {
        var part = 0
        var segment: Int
        var block: Int
        /// Key groups of the part whose size the tables know.
        var expected = 0
    }

    private(set) var segments: [Segment]
    private var parts: [Part] = []
    private var place: Place
    private let block = BlockEntries()
    private let memory: TaskMemory

    /// So many entries are indexed together.
    private static let entriesOfPart = 1 << 20

    /// Indexes segments, oldest first, on this thread and on those of `background`.
    ///
    /// - Throws: `corruptSnapshot`, `fileFailed`, `cancelled`.
    init(
        _ entries: [SegmentLedger.Entry],
        _ range: KeyGroupRange,
        memory: TaskMemory,
        background: KeyedStateBackend.Background,
        cancellation: Cancellation
    ) throws(WeirError) {
        self.memory = memory
        segments = []
        for entry in entries {
            segments.append(
                Segment(
                    id: entry.id,
                    reader: try entry.local.reader(),
                    range: entry.range,
                    tag: entry.tags.first
                )
            )
        }
        place = Place(segment: segments.count - 1, block: segments.last?.reader.blockCount ?? 0)
        let ranges = SegmentParts.divide(
            segments.map(\.reader),
            range,
            mostEntries: Self.entriesOfPart
        )
        let indexed = entries.map {
            SegmentIndex.Segment(local: $0.local, range: $0.range, checkpoint: $0.checkpoint)
        }
        // Both ends work towards the middle: other threads from the last part, this one from the first.
        let jobs = ranges.map { part in
            let counts = segments.map { segment in
                segment.range.intersection(part).map {
                    SegmentParts.entryCount([segment.reader], in: $0)
                } ?? 0
            }
            return OneTimeJob { () throws(WeirError) -> SegmentIndex in
                try SegmentIndex(
                    indexed,
                    in: part,
                    entryCounts: counts,
                    cancellation: cancellation
                )
            }
        }
        for job in jobs.reversed() {
            background({ () throws(WeirError) in try job.run() }, { _ in })
        }
        for (range, job) in zip(ranges, jobs) {
            let index = try job.run()
            memory.charge(index.byteCount)
            parts.append(Part(range: range, index: index))
        }
    }

    /// Whether all is in the tables.
    var isLoaded: Bool { place.part >= parts.count }

    /// Whether there is nothing left that can be read in memory only.
    var isEmpty: Bool { !segments.contains(where: \.isAlive) }

    /// Forgets segments but these: theirs entries can be read below.
    func keep(_ ids: Set<UInt64>) {
        for index in segments.indices where !ids.contains(segments[index].id) {
            segments[index].isAlive = false
        }
    }

    /// Gives up all indexes; the tables need not expect anything any more.
    func close(_ tables: [FlatTable]) {
        for index in parts.indices { dropIndex(index) }
        forget(tables)
    }

    private func dropIndex(_ part: Int) {
        memory.release(parts[part].index?.byteCount ?? 0)
        parts[part].index = nil
    }

    /// Blocks in which entries of a state may be, newest first.
    func forEachBlock(
        of state: UInt16,
        _ body: (Segment, _ block: Int) throws(WeirError) -> Void
    ) throws(WeirError) {
        for number in segments.indices.reversed() {
            for block in (0..<segments[number].reader.blockCount).reversed()
            where parts.contains(where: {
                $0.index?.mayContain(state: state, segment: number, block: block) ?? false
            }) {
                try body(segments[number], block)
            }
        }
    }

    /// Calls `body` with the newest entry of a key that is not loaded; returns whether there is one.
    ///
    /// `body` returns whether the entry fits its state.
    /// - Throws: `corruptSnapshot`, `fileFailed`.
    func find(
        keyGroup: UInt16,
        state: UInt16,
        key: UnsafeRawBufferPointer,
        _ body: (_ value: UnsafeRawBufferPointer?, _ tag: UInt8) -> Bool
    ) throws(WeirError) -> Bool {
        guard let index = parts.first(where: { $0.range.contains(KeyGroup(keyGroup)) })?.index
        else { return false }
        let wanted = SegmentEntry(keyGroup: keyGroup, state: state, key: key, value: nil)
        var isFound = false
        var fits = true
        try index.search(SeenKeys.hash(wanted)) { (number, offset) throws(WeirError) in
            let segment = segments[number]
            guard segment.isAlive else { return false }
            try segment.reader.withEntry(at: offset) { entry in
                guard entry.state == state, entry.keyGroup == keyGroup,
                    compareBytes(entry.key, key) == 0
                else { return }
                isFound = true
                fits = body(entry.value, segment.tag)
            }
            if !fits { throw segment.reader.damaged(entryAt: offset) }
            return isFound
        }
        return isFound
    }

    /// Takes the entries of blocks that are not loaded into the tables of their states, newest first,
    /// until `isOver`.
    ///
    /// - Throws: `corruptSnapshot`, `fileFailed`.
    func load(into tables: [FlatTable], until isOver: () -> Bool) throws(WeirError) {
        while !isLoaded {
            guard place.segment >= 0 else {
                endPart(tables)
                continue
            }
            let segment = segments[place.segment]
            let range = segment.range.intersection(parts[place.part].range)
            guard segment.isAlive, let range, place.block > 0 else {
                place.segment -= 1
                if place.segment >= 0 { place.block = segments[place.segment].reader.blockCount }
                continue
            }
            place.block -= 1
            guard segment.reader.mayContain(block: place.block, range) else { continue }
            expectNext(tables)
            try block.read(segment.reader, block: place.block, in: range) { _ in }
            let index = parts[place.part].index
            for table in tables {
                let mayContain = index?.mayContain(
                    state: table.state,
                    segment: place.segment,
                    block: place.block
                )
                guard mayContain ?? true else { continue }
                if let misfit = table.insertClean(block, tag: segment.tag) {
                    throw segment.reader.damaged(entryAt: block.offsets[misfit])
                }
            }
            if isOver() { return }
        }
    }

    /// Tells the tables how large one more key group will be: one after the other, since each makes
    /// room for all of it with its next entry.
    private func expectNext(_ tables: [FlatTable]) {
        let part = parts[place.part]
        guard place.expected < part.range.count, let index = part.index,
            memory.roomBytes > memory.limitBytes / 4
        else { return }
        let group = part.range.lower + place.expected
        place.expected += 1
        for table in tables {
            let count = index.valueCount(keyGroup: group, state: Int(table.state))
            table.expect(count, in: KeyGroup(UInt16(group)))
        }
    }

    /// Takes back what the tables were told of the part at hand.
    private func forget(_ tables: [FlatTable]) {
        guard !isLoaded else { return }
        let range = parts[place.part].range
        for group in range.lower..<range.lower + place.expected {
            for table in tables { table.expect(0, in: KeyGroup(UInt16(group))) }
        }
    }

    /// Goes on to the next part.
    private func endPart(_ tables: [FlatTable]) {
        forget(tables)
        dropIndex(place.part)
        place = Place(
            part: place.part + 1,
            segment: segments.count - 1,
            block: segments.last?.reader.blockCount ?? 0
        )
    }
}

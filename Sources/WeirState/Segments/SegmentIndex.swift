import CWeirIntrinsics
import WeirCore
import WeirSnapshot

// SAFETY: what `init` fills is only read afterwards, by one thread after the other.
/// Tells where segments hold the entries of keys, for some key groups; the newest entry first.
///
/// A cache line has seven slots behind a word that tells how many are in use; a key's entries are in
/// the line of its hash or, if that was full, in those behind. A slot has 20 bits of the key's hash,
/// and the entry's place in all segments laid end to end. A search meets entries in the order of
/// insertion, so it is filled newest first and old entries need not be told apart from new ones.
final class SegmentIndex: @unchecked Sendable {
    // SAFETY: `words` has `lineCount` lines of eight words.
    private let words: ZeroedWords
    private let lineCount: UInt64
    /// Where each segment begins when they are laid end to end, oldest first, and the end of all.
    private let starts: [Int]
    /// For each segment a bit for each state, modulo 64, that occurs in a block; none for segments
    /// that are not indexed here.
    private let states: [[UInt64]]
    /// The key groups that are indexed.
    private let part: KeyGroupRange
    /// For each key group and state, modulo 64, the most values that the segments of one checkpoint
    /// have; empty if there are too many groups.
    private let mostValues: [UInt32]

    private static let slotsOfLine: UInt64 = 7
    /// In a line's first word: keys of the line are in the next one too.
    private static let isOverflown: UInt64 = 8
    private static let mostCountedGroups = 1 << 10
    private static let placeBits: UInt64 = 44
    private static let placeMask: UInt64 = (1 << 44) - 1

    /// A segment, the key groups that count in it, and what it was written for.
    struct Segment {
        let local: LocalSegment
        let range: KeyGroupRange
        let checkpoint: CheckpointID
    }

    /// Reads the entries of some key groups in segments, oldest first; one file is open at a time.
    ///
    /// - Parameters:
    ///   - segments: All segments.
    ///   - part: The key groups.
    ///   - entryCounts: For each segment, at least as many entries as it has for these.
    ///   - cancellation: Looked at before each segment.
    /// - Throws: `corruptSnapshot`, `fileFailed`, `cancelled`.
    init(
        _ segments: [Segment],
        in part: KeyGroupRange,
        entryCounts: [Int],
        cancellation: Cancellation
    ) throws(WeirError) {
        var starts = [1]
        for segment in segments {
            starts.append(starts[starts.count - 1] + segment.local.byteCount)
        }
        precondition(starts[segments.count] <= Self.placeMask, "segments of \(starts) bytes")
        self.starts = starts
        self.part = part
        lineCount = UInt64(entryCounts.reduce(0, +)) / 5 + 2
        words = ZeroedWords(count: Int(lineCount) * 8)
        let (lines, lineCount) = (words.start, lineCount)
        var states = segments.map { _ in [UInt64]() }
        let countedGroups = part.count <= Self.mostCountedGroups ? part.count : 0
        var mostValues = [UInt32](repeating: 0, count: countedGroups << 6)
        let block = BlockEntries()
        var values = mostValues
        var checkpoint: CheckpointID?
        for (number, segment) in segments.enumerated().reversed() {
            // Those of one checkpoint have a key once, in all.
            if checkpoint != segment.checkpoint { Self.take(&values, into: &mostValues) }
            checkpoint = segment.checkpoint
            guard entryCounts[number] > 0, let shared = segment.range.intersection(part)
            else { continue }
            try cancellation.check("The indexing of restored segments")
            let reader = try segment.local.reader()
            states[number] = [UInt64](repeating: 0, count: reader.blockCount)
            for index in (0..<reader.blockCount).reversed() {
                try block.read(reader, block: index, in: shared) { hash in
                    weir_prefetch(lines + Self.home(hash, lineCount))
                }
                var found: UInt64 = 0
                for number in 0..<block.count {
                    let entry = block.entries[number]
                    let state = Int(entry.state & 63)
                    found |= 1 << UInt64(state)
                    let group = Int(entry.keyGroup) - part.lower
                    if group < countedGroups, entry.value != nil {
                        values[group << 6 | state] &+= 1
                    }
                }
                states[number][index] = found
                let start = starts[number]
                for entry in (0..<block.count).reversed() {
                    let place = UInt64(start + block.offsets[entry])
                    Self.insert(block.hashes[entry], place, lines, lineCount)
                }
            }
        }
        Self.take(&values, into: &mostValues)
        self.states = states
        self.mostValues = mostValues
    }

    /// Keeps the larger ones of some counts, which begin anew.
    private static func take(_ counts: inout [UInt32], into most: inout [UInt32]) {
        for index in counts.indices {
            most[index] = max(most[index], counts[index])
            counts[index] = 0
        }
    }

    /// Whether entries of a state may be in a block of a segment.
    func mayContain(state: UInt16, segment: Int, block: Int) -> Bool {
        block < states[segment].count && states[segment][block] & 1 << UInt64(state & 63) != 0
    }

    /// Bytes of memory for an entry, about.
    static let bytesOfEntry = 13

    /// Bytes of memory.
    var byteCount: Int { 64 * Int(lineCount) }

    /// At least so many keys of a state, modulo 64, have a value in a key group, so far as is known.
    func valueCount(keyGroup: Int, state: Int) -> Int {
        let index = (keyGroup - part.lower) << 6 | state & 63
        return index < mostValues.count ? Int(mostValues[index]) : 0
    }

    /// Calls `isFound` with places where a key with this hash may be, newest first, until it returns
    /// true.
    func search(
        _ hash: UInt64,
        _ isFound: (_ segment: Int, _ offset: Int) throws(WeirError) -> Bool
    ) throws(WeirError) {
        let tag = Self.tag(hash)
        var home = Self.home(hash, lineCount)
        while true {
            let line = words.start + home
            let used = line[0]
            for number in 1..<(1 + Int(min(used, Self.slotsOfLine))) {
                let slot = line[number]
                guard slot & ~Self.placeMask == tag else { continue }
                let place = Int(slot & Self.placeMask)
                let segment = segment(at: place)
                if try isFound(segment, place - starts[segment]) { return }
            }
            if used != Self.isOverflown { return }
            home = Self.next(home, lineCount)
        }
    }

    /// There are more slots than entries, so one is free.
    @inline(__always)
    private static func insert(
        _ hash: UInt64,
        _ place: UInt64,
        _ lines: UnsafeMutablePointer<UInt64>,
        _ lineCount: UInt64
    ) {
        var home = home(hash, lineCount)
        while true {
            let line = lines + home
            let used = line[0]
            if used < slotsOfLine {
                line[0] = used &+ 1
                line[Int(truncatingIfNeeded: used) &+ 1] = tag(hash) | place
                return
            }
            line[0] = isOverflown
            home = next(home, lineCount)
        }
    }

    /// Where the line after one begins.
    @inline(__always)
    private static func next(_ home: Int, _ lineCount: UInt64) -> Int {
        home &+ 8 == Int(lineCount) &* 8 ? 0 : home &+ 8
    }

    private func segment(at place: Int) -> Int {
        var low = 0
        var high = starts.count - 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= place { low = middle } else { high = middle }
        }
        return low
    }

    /// Where the line of a hash begins, in words.
    @inline(__always)
    private static func home(_ hash: UInt64, _ lineCount: UInt64) -> Int {
        Int(((hash & 0xffff_ffff) &* lineCount) &>> 32) &* 8
    }

    @inline(__always)
    private static func tag(_ hash: UInt64) -> UInt64 { (hash &>> 32) &<< placeBits }
}

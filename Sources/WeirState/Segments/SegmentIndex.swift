import CWeirIntrinsics
import WeirCore
import WeirSnapshot

// SAFETY: what `init` fills is only read afterwards, by one thread after the other.
/// Tells where segments hold the entries of keys, for some key groups; the newest entry first.
///
/// Eight bytes a slot: 20 bits of the key's hash, and the entry's place in all segments laid end to
/// end. Searches go on until they meet a free slot, in the order of insertion, so it is filled newest
/// first and old entries need not be told apart from new ones.
final class SegmentIndex: @unchecked Sendable {
    // SAFETY: `words` has `capacity` words.
    private let words: ZeroedWords
    private var slots: UnsafeMutablePointer<UInt64> { words.start }
    private let capacity: UInt64
    /// Where each segment begins when they are laid end to end, oldest first, and the end of all.
    private let starts: [Int]
    /// For each segment a bit for each state, modulo 64, that occurs in a block.
    let states: [[UInt64]]

    private static let placeBits: UInt64 = 44
    private static let placeMask: UInt64 = (1 << 44) - 1

    /// Reads the entries of some key groups, each in the segments where they count.
    ///
    /// - Throws: `corruptSnapshot`, `fileFailed`.
    init(
        _ segments: [(reader: SegmentReader, range: KeyGroupRange)],
        in part: KeyGroupRange
    ) throws(WeirError) {
        var starts = [1]
        for segment in segments {
            starts.append(starts[starts.count - 1] + segment.reader.byteCount)
        }
        self.starts = starts
        let count = SegmentParts.entryCount(segments.map(\.reader), in: part)
        capacity = UInt64(count) * 4 / 3 + 16
        words = ZeroedWords(count: Int(capacity))
        let (slots, capacity) = (words.start, capacity)
        var states = segments.map { [UInt64](repeating: 0, count: $0.reader.blockCount) }
        let block = BlockEntries()
        for (number, segment) in segments.enumerated().reversed() {
            guard let shared = segment.range.intersection(part) else { continue }
            for index in (0..<segment.reader.blockCount).reversed() {
                try block.read(segment.reader, block: index, in: shared) { hash in
                    weir_prefetch(slots + Self.home(hash, capacity))
                }
                var found: UInt64 = 0
                for entry in (0..<block.count).reversed() {
                    found |= 1 << UInt64(block.entries[entry].state & 63)
                    let place = UInt64(starts[number] + block.offsets[entry])
                    Self.insert(block.hashes[entry], place, slots, capacity)
                }
                states[number][index] = found
            }
        }
        self.states = states
    }

    /// Bytes of memory for an entry, about.
    static let bytesOfEntry = 11

    /// Bytes of memory.
    var byteCount: Int { 8 * Int(capacity) }

    /// Calls `isFound` with places where a key with this hash may be, newest first, until it returns
    /// true.
    func search(
        _ hash: UInt64,
        _ isFound: (_ segment: Int, _ offset: Int) throws(WeirError) -> Bool
    ) throws(WeirError) {
        let tag = Self.tag(hash)
        var index = Self.home(hash, capacity)
        while slots[index] != 0 {
            let slot = slots[index]
            if slot & ~Self.placeMask == tag {
                let place = Int(slot & Self.placeMask)
                let segment = segment(at: place)
                if try isFound(segment, place - starts[segment]) { return }
            }
            index += 1
            if index == Int(capacity) { index = 0 }
        }
    }

    @inline(__always)
    private static func insert(
        _ hash: UInt64,
        _ place: UInt64,
        _ slots: UnsafeMutablePointer<UInt64>,
        _ capacity: UInt64
    ) {
        precondition(place <= placeMask, "segments of \(place) bytes")
        var index = home(hash, capacity)
        while slots[index] != 0 {
            index += 1
            if index == Int(capacity) { index = 0 }
        }
        slots[index] = tag(hash) | place
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

    @inline(__always)
    private static func home(_ hash: UInt64, _ capacity: UInt64) -> Int {
        Int(((hash & 0xffff_ffff) &* capacity) &>> 32)
    }

    @inline(__always)
    private static func tag(_ hash: UInt64) -> UInt64 { (hash &>> 32) &<< placeBits }
}

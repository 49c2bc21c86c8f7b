import CWeirIntrinsics
import WeirCore

/// Collects the entries of one segment in memory, block after block; see `SegmentFormat`.
///
/// Each part of the key groups fills blocks of its own, so that who reads the segment for some of
/// the groups need not read it all. Blocks never move once begun, so memory grows without copies.
/// One thread at a time. After `finish` it is empty and can be used again.
public final class SegmentBuilder {
    /// Into so many parts the key groups are divided at most.
    public static let mostParts = 16

    // SAFETY: `mostParts` blocks are allocated in `init` and freed in `deinit`; `part(of:)` is below
    // that. The fields that each entry touches lie behind constant pointers, because stored
    // properties that inlined code of another module reads would pay an exclusivity check each.
    @usableFromInline let opens: UnsafeMutablePointer<OpenSegmentBlock>
    @usableFromInline let lowerGroup: UInt16
    @usableFromInline let shift: UInt16

    private var memory = SegmentMemory()
    private var blocks: [SegmentImage.OpenBlock] = []
    private var sealedBytes = SegmentFormat.headerBytes
    private var sealedEntries = 0
    private var sealedLowest = UInt16.max
    private var sealedHighest = UInt16.min

    /// An empty builder; it takes no block before the first entry.
    ///
    /// `keyGroups`, those of the subtask, are divided into parts of a power of two; without them
    /// there is one part.
    public init(dividing keyGroups: KeyGroupRange = KeyGroupRange(0, 0)) {
        lowerGroup = UInt16(truncatingIfNeeded: keyGroups.lower)
        var shift: UInt16 = keyGroups.count == 0 ? 16 : 0
        while keyGroups.count > Self.mostParts << Int(shift) { shift += 1 }
        self.shift = shift
        opens = .allocate(capacity: Self.mostParts)
        opens.initialize(repeating: OpenSegmentBlock(), count: Self.mostParts)
    }

    deinit {
        opens.deallocate()
    }

    /// Bytes of the file so far, without table and trailer.
    public var byteCount: Int { openBlocks.reduce(sealedBytes) { $0 + $1.cursor } }

    /// Entries so far, removals included.
    public var entryCount: Int { openBlocks.reduce(sealedEntries) { $0 + Int($1.entryCount) } }

    /// From the lowest to the highest key group so far; `0..<0` if there is no entry.
    public var keyGroupRange: KeyGroupRange {
        let low = openBlocks.reduce(sealedLowest) { min($0, $1.lowest) }
        let high = openBlocks.reduce(sealedHighest) { max($0, $1.highest) }
        return low <= high ? KeyGroupRange(Int(low), Int(high) + 1) : KeyGroupRange(0, 0)
    }

    private var openBlocks: UnsafeBufferPointer<OpenSegmentBlock> {
        UnsafeBufferPointer(start: opens, count: Self.mostParts)
    }

    /// Adds a key with its value; both are copied.
    @inlinable
    public func append(
        keyGroup: UInt16,
        state: UInt16,
        key: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer
    ) {
        let open = opens + part(of: keyGroup)
        var target = reserve(open, keyGroup, state, key.count &+ value.count)
        target = target.storeLength(key.count)
        target = target.storeLength(value.count &+ 1)
        target = target.storeBytes(key)
        target = target.storeBytes(value)
        accept(open, upTo: target)
    }

    /// Adds the removal of a key.
    @inlinable
    public func appendTombstone(keyGroup: UInt16, state: UInt16, key: UnsafeRawBufferPointer) {
        let open = opens + part(of: keyGroup)
        var target = reserve(open, keyGroup, state, key.count)
        target = target.storeLength(key.count)
        target = target.storeLength(0)
        target = target.storeBytes(key)
        accept(open, upTo: target)
    }

    /// Closes the segment and hands its memory over.
    public func finish() -> SegmentImage {
        for part in 0..<Self.mostParts { sealBlock(opens + part) }
        let range = keyGroupRange
        let image = SegmentImage(
            blocks,
            tableOffset: sealedBytes,
            memory: memory,
            entryCount: sealedEntries,
            keyGroupRange: range
        )
        blocks = []
        memory = SegmentMemory()
        sealedBytes = SegmentFormat.headerBytes
        sealedEntries = 0
        sealedLowest = .max
        sealedHighest = .min
        return image
    }

    /// The number of the part that a key group belongs to.
    @inlinable
    @inline(__always)
    func part(of keyGroup: UInt16) -> Int {
        Int((keyGroup &- lowerGroup) >> shift) & (Self.mostParts &- 1)
    }

    // SAFETY: `reserve` returns a place with room for the whole entry (its bytes and the largest
    // possible overhead), so the stores after it stay inside the block.
    @inlinable
    func reserve(
        _ open: UnsafeMutablePointer<OpenSegmentBlock>,
        _ keyGroup: UInt16,
        _ state: UInt16,
        _ bytes: Int
    ) -> UnsafeMutableRawPointer {
        let target = room(open, for: bytes &+ SegmentFormat.maximumEntryOverhead, keyGroup)
        target.storeBytes(of: keyGroup.littleEndian, as: UInt16.self)
        target.storeBytes(of: state.littleEndian, toByteOffset: 2, as: UInt16.self)
        return target + 4
    }

    /// The place of the next entry, with at least `needed` bytes.
    @inlinable
    @inline(__always)
    func room(
        _ open: UnsafeMutablePointer<OpenSegmentBlock>,
        for needed: Int,
        _ keyGroup: UInt16
    ) -> UnsafeMutableRawPointer {
        let target: UnsafeMutableRawPointer
        if let block = open.pointee.block, open.pointee.capacity &- open.pointee.cursor >= needed {
            target = block + open.pointee.cursor
        } else {
            target = startBlock(open, needed)
        }
        open.pointee.lowest = min(open.pointee.lowest, keyGroup)
        open.pointee.highest = max(open.pointee.highest, keyGroup)
        return target
    }

    @inlinable
    @inline(__always)
    func accept(
        _ open: UnsafeMutablePointer<OpenSegmentBlock>,
        upTo end: UnsafeMutableRawPointer,
        count: UInt32 = 1
    ) {
        guard let block = open.pointee.block else { return }
        open.pointee.cursor = end - block
        open.pointee.entryCount &+= count
    }

    @usableFromInline
    func startBlock(
        _ open: UnsafeMutablePointer<OpenSegmentBlock>,
        _ needed: Int
    ) -> UnsafeMutableRawPointer {
        precondition(
            needed <= SegmentFormat.maximumEntryBytes,
            "a state entry of \(needed) bytes"
        )
        sealBlock(open)
        let capacity = max(SegmentFormat.blockBytes, needed + SegmentFormat.blockHeaderBytes)
        let fresh = memory.allocate(capacity)
        open.pointee.capacity = capacity
        open.pointee.block = fresh
        open.pointee.cursor = SegmentFormat.blockHeaderBytes
        return fresh + SegmentFormat.blockHeaderBytes
    }

    private func sealBlock(_ open: UnsafeMutablePointer<OpenSegmentBlock>) {
        let full = open.pointee
        guard let block = full.block else { return }
        let description = SegmentBlock(
            offset: sealedBytes,
            length: full.cursor - SegmentFormat.blockHeaderBytes,
            entryCount: full.entryCount,
            lowest: full.lowest,
            highest: full.highest
        )
        blocks.append(SegmentImage.OpenBlock(block: description, start: block))
        sealedBytes += full.cursor
        sealedEntries += Int(full.entryCount)
        sealedLowest = min(sealedLowest, full.lowest)
        sealedHighest = max(sealedHighest, full.highest)
        open.pointee = OpenSegmentBlock()
    }
}

/// The block that is being filled.
@frozen
@usableFromInline
struct OpenSegmentBlock {
    /// Nil before the first entry.
    @usableFromInline var block: UnsafeMutableRawPointer?
    /// Where the next entry goes, from the start of `block`.
    @usableFromInline var cursor = 0
    /// Bytes of `block`.
    @usableFromInline var capacity = 0
    @usableFromInline var entryCount: UInt32 = 0
    @usableFromInline var lowest = UInt16.max
    @usableFromInline var highest = UInt16.min

    init() {}
}

extension UnsafeMutableRawPointer {
    /// Writes a length in groups of seven bits, lowest first; returns the place after it.
    @inlinable
    func storeLength(_ length: Int) -> UnsafeMutableRawPointer {
        var rest = UInt64(truncatingIfNeeded: length)
        var target = self
        while rest >= 0x80 {
            target.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, as: UInt8.self)
            target += 1
            rest &>>= 7
        }
        target.storeBytes(of: UInt8(truncatingIfNeeded: rest), as: UInt8.self)
        return target + 1
    }

    /// Copies bytes here; returns the place after them.
    @inlinable
    func storeBytes(_ bytes: UnsafeRawBufferPointer) -> UnsafeMutableRawPointer {
        if let source = bytes.baseAddress { copyMemory(from: source, byteCount: bytes.count) }
        return self + bytes.count
    }
}

import WeirCore

/// A finished segment in memory: blocks that, written one after the other, are the file.
///
/// Immutable, so any thread may write it out; the memory goes with the last reference.
public final class SegmentImage: @unchecked Sendable {
    // SAFETY: the blocks are never written after `init` and freed only in `deinit`, so sharing the
    // object between threads is sharing constants.
    /// The file's bytes, in order.
    ///
    /// Valid while this object lives.
    public let blocks: [UnsafeRawBufferPointer]
    /// Bytes of the file.
    public let byteCount: Int
    /// Entries in it, removals included.
    public let entryCount: Int
    /// From the lowest to the highest key group that occurs; `0..<0` if there is no entry.
    public let keyGroupRange: KeyGroupRange

    /// The blocks' memory.
    private let memory: SegmentMemory
    /// First and last block, which are allocated singly.
    private let ends: [UnsafeRawBufferPointer]

    /// Takes over the memory of all parts.
    init(
        header: UnsafeRawBufferPointer,
        blocks: [UnsafeRawBufferPointer],
        tail: UnsafeRawBufferPointer,
        memory: SegmentMemory,
        entryCount: Int,
        keyGroupRange: KeyGroupRange
    ) {
        self.blocks = [header] + blocks + [tail]
        self.memory = memory
        ends = [header, tail]
        self.entryCount = entryCount
        self.keyGroupRange = keyGroupRange
        byteCount = self.blocks.reduce(0) { $0 + $1.count }
    }

    deinit {
        for block in ends { block.deallocate() }
    }
}

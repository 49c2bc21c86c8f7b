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

    /// Takes over the memory of the blocks.
    init(blocks: [UnsafeRawBufferPointer], entryCount: Int, keyGroupRange: KeyGroupRange) {
        self.blocks = blocks
        self.entryCount = entryCount
        self.keyGroupRange = keyGroupRange
        byteCount = blocks.reduce(0) { $0 + $1.count }
    }

    deinit {
        for block in blocks { block.deallocate() }
    }
}

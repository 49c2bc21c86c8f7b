import WeirCore
import WeirSnapshot

/// The entries of one block of a segment with their hashes, for passes that prefetch.
///
/// One thread at a time.
final class BlockEntries {
    // SAFETY: both arrays have `capacity` elements and are freed with this object; `read` grows them
    // before it fills them. The entries' bytes are the reader's, until it reads another block.
    private(set) var count = 0
    private(set) var entries: UnsafeMutablePointer<SegmentEntry>
    private(set) var hashes: UnsafeMutablePointer<UInt64>
    /// Where each entry begins in the file.
    private(set) var offsets: UnsafeMutablePointer<Int>
    private var capacity = 4096

    init() {
        entries = .allocate(capacity: capacity)
        hashes = .allocate(capacity: capacity)
        offsets = .allocate(capacity: capacity)
    }

    deinit {
        entries.deallocate()
        hashes.deallocate()
        offsets.deallocate()
    }

    /// Reads the entries of a block that belong to some key groups; calls `note` with each hash.
    ///
    /// - Throws: `corruptSnapshot`, `fileFailed`.
    @inline(__always)
    func read(
        _ reader: SegmentReader,
        block: Int,
        in range: KeyGroupRange,
        _ note: (UInt64) -> Void
    ) throws(WeirError) {
        let most = reader.entryCount(ofBlock: block)
        if most > capacity { grow(to: most) }
        var found = 0
        let (entries, hashes, offsets) = (entries, hashes, offsets)
        try reader.forEach(inBlock: block, of: range) { entry, offset in
            let hash = SeenKeys.hash(entry)
            note(hash)
            (entries + found).initialize(to: entry)
            hashes[found] = hash
            offsets[found] = offset
            found &+= 1
        }
        count = found
    }

    private func grow(to needed: Int) {
        entries.deallocate()
        hashes.deallocate()
        offsets.deallocate()
        capacity = needed
        entries = .allocate(capacity: capacity)
        hashes = .allocate(capacity: capacity)
        offsets = .allocate(capacity: capacity)
    }
}

import Synchronization
import WeirCore

/// A finished segment in memory: blocks that, written one after the other, are the file.
///
/// Any thread may write it out; the memory goes with the last reference. Checksums are computed when
/// `blocks` is first asked for, which is up to an I/O thread: they would cost the task's thread a
/// third of the serialising.
public final class SegmentImage: @unchecked Sendable {
    // SAFETY: after `init` only checksums are written, once, under the lock of `tail`, before the
    // blocks are first handed out; the memory is freed only in `deinit`.

    /// A block whose checksum is missing, and what is known of it.
    struct OpenBlock {
        let block: SegmentBlock
        let start: UnsafeMutableRawPointer
    }

    /// Bytes of the file.
    public let byteCount: Int
    /// Entries in it, removals included.
    public let entryCount: Int
    /// From the lowest to the highest key group that occurs; `0..<0` if there is no entry.
    public let keyGroupRange: KeyGroupRange

    private let header: UnsafeRawBufferPointer
    private let open: [OpenBlock]
    /// Where table and trailer begin in the file.
    private let tableOffset: Int
    /// The address of table and trailer; 0 before the checksums are computed.
    private let tail = Mutex<UInt>(0)
    /// The blocks' memory.
    private let memory: SegmentMemory

    /// Takes over the memory of all parts.
    init(
        _ open: [OpenBlock],
        tableOffset: Int,
        memory: SegmentMemory,
        entryCount: Int,
        keyGroupRange: KeyGroupRange
    ) {
        self.open = open
        self.tableOffset = tableOffset
        self.memory = memory
        self.entryCount = entryCount
        self.keyGroupRange = keyGroupRange
        header = SegmentBlock.header()
        byteCount = tableOffset + SegmentBlock.tailBytes(blockCount: open.count)
    }

    deinit {
        header.deallocate()
        tail.withLock { UnsafeRawPointer(bitPattern: $0)?.deallocate() }
    }

    /// The file's bytes, in order.
    ///
    /// Valid while this object lives.
    public var blocks: [UnsafeRawBufferPointer] {
        let address = tail.withLock { tail in
            if tail == 0 { tail = UInt(bitPattern: seal()) }
            return tail
        }
        let middle = open.map {
            UnsafeRawBufferPointer(
                start: $0.start,
                count: SegmentFormat.blockHeaderBytes + $0.block.length
            )
        }
        let last = UnsafeRawBufferPointer(
            start: UnsafeRawPointer(bitPattern: address),
            count: byteCount - tableOffset
        )
        return [header] + middle + [last]
    }

    /// Computes all checksums; returns table and trailer.
    private func seal() -> UnsafeRawPointer? {
        SegmentBlock.tableAndTrailer(
            open.map { $0.block.sealing($0.start) },
            entryCount: entryCount,
            range: keyGroupRange,
            tableOffset: tableOffset
        ).baseAddress
    }
}

import CWeirIntrinsics
import Synchronization

/// The memory of one segment's blocks: small at first, then huge pages.
///
/// A large checkpoint touches hundreds of megabytes for the first time; with pages of 4 KiB the
/// kernel's work for that is several times the serialising. Freed as a whole, by any thread.
final class SegmentMemory {
    // SAFETY: blocks are handed out once each and never overlap; all memory is freed in `deinit`,
    // when nobody who could hold a block is left.
    private static let smallSlabs = 24

    private var heap: [UnsafeMutableRawPointer] = []
    private var mapped: [UnsafeMutableRawPointer] = []
    /// The rest of the newest mapping.
    private var free: UnsafeMutableRawBufferPointer?

    deinit {
        for block in heap { block.deallocate() }
        SegmentSlabs.give(mapped)
    }

    /// A block of at least `bytes`, at a multiple of 64.
    func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
        if heap.count < Self.smallSlabs || bytes > SegmentSlabs.slabBytes {
            return allocateFromHeap(bytes)
        }
        let rounded = (bytes + 63) & ~63
        if free?.count ?? 0 < rounded {
            guard let start = SegmentSlabs.take() else {
                return allocateFromHeap(bytes)
            }
            mapped.append(start)
            free = UnsafeMutableRawBufferPointer(start: start, count: SegmentSlabs.slabBytes)
        }
        guard let rest = free, let start = rest.baseAddress, rest.count >= rounded else {
            return allocateFromHeap(bytes)
        }
        free = UnsafeMutableRawBufferPointer(rebasing: rest[rounded...])
        return start
    }

    private func allocateFromHeap(_ bytes: Int) -> UnsafeMutableRawPointer {
        let block = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
        heap.append(block)
        return block
    }
}

/// Mappings of one huge page that wait for the next segment: touching fresh memory costs the kernel
/// more than the serialising costs us.
public enum SegmentSlabs {
    /// Bytes of a mapping.
    static let slabBytes = 2 << 20
    /// With room for fewer, segments take no huge pages: the last one of each would be a waste.
    private static let fewestWaiting = 4
    /// At most this many wait.
    private static let mostWaiting = Atomic<Int>(32)
    private static let waiting = Mutex<[UInt]>([])

    /// Limits the memory that waits, in all of the process: 64 MiB before the first call.
    public static func limit(bytes: Int) {
        let most = bytes / slabBytes
        mostWaiting.store(most < fewestWaiting ? 0 : most, ordering: .relaxed)
    }

    /// A mapping, its bytes undefined; nil if there are none or the kernel refuses.
    static func take() -> UnsafeMutableRawPointer? {
        guard mostWaiting.load(ordering: .relaxed) > 0 else { return nil }
        if let address = waiting.withLock({ $0.popLast() }) {
            return UnsafeMutableRawPointer(bitPattern: address)
        }
        return weir_map_memory(slabBytes, slabBytes, 1)
    }

    /// Keeps mappings for the next segment, and returns to the kernel what is too many.
    static func give(_ slabs: [UnsafeMutableRawPointer]) {
        let most = mostWaiting.load(ordering: .relaxed)
        let kept = waiting.withLock { waiting in
            let kept = max(0, min(slabs.count, most - waiting.count))
            waiting += slabs[..<kept].map { UInt(bitPattern: $0) }
            return kept
        }
        for slab in slabs[kept...] { weir_unmap_memory(slab, slabBytes) }
    }
}

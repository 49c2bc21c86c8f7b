import CWeirIntrinsics
import WeirCore

/// Blocks of `unitBytes × 2^order`, cut from large mapped chunks: a binary buddy system.
///
/// The sub-tables of one table grow by doubling; a block given back joins its buddy, so that the
/// halves of yesterday become the wholes of today. Chunks of 2 MiB and more ask for huge pages.
/// A chunk that is free again as a whole goes back to the kernel; when memory is scarce, pages of
/// single blocks do too. Source: Knuth, TAOCP 1, 2.5.
final class BlockAllocator {
    // SAFETY: the allocator owns its chunks; a block is handed out to one owner at a time, and
    // links lie in free blocks only, which are at least as large.

    /// One mapping of `unitBytes << order`.
    private struct Chunk {
        var start: UnsafeMutableRawPointer
        var mappedBytes: Int
        var orderBytes: Int
        var order: Int
        /// One byte a unit: 1 + order at the first unit of a free block, else 0.
        var freeOrders: UnsafeMutablePointer<UInt8>
    }

    /// Lies in the first bytes of a free block.
    private struct FreeLinks {
        var next: UnsafeMutableRawPointer?
        var previous: UnsafeMutableRawPointer?
        var chunk: Int
    }

    /// A block and the chunk that it is of; both are needed to give it back.
    struct Block {
        var start: UnsafeMutableRawPointer
        var chunk: Int
    }

    private static let hugePageBytes = 2 << 20
    private static let pageBytes = 4096
    /// Pages of smaller free blocks are not worth a call of the kernel.
    private static let leastDiscardedBytes = 64 << 10
    private static let smallestChunkBytes = 32 << 10
    private static let largestChunkBytes = 32 << 20

    private let unitBytes: Int
    private let memory: TaskMemory
    private var chunks: [Chunk?] = []
    private var freeLists = [UnsafeMutableRawPointer?](repeating: nil, count: 48)
    /// Bytes of all chunks: what the kernel may count as resident.
    private(set) var reservedBytes = 0
    /// Bytes of the blocks that are in use.
    private(set) var liveBytes = 0

    /// An allocator of multiples of `unitBytes`, at least 32.
    init(unitBytes: Int, memory: TaskMemory) {
        precondition(unitBytes >= MemoryLayout<FreeLinks>.size, "unit of \(unitBytes) bytes")
        self.unitBytes = unitBytes
        self.memory = memory
    }

    deinit {
        for index in chunks.indices { unmap(index) }
        memory.release(liveBytes)
    }

    /// Takes a block of `unitBytes << order`, its bytes undefined.
    ///
    /// Traps if the machine has none left.
    func allocate(order: Int) -> Block {
        var found = order
        while found < freeLists.count, freeLists[found] == nil { found += 1 }
        if found == freeLists.count { found = map(atLeast: order) }
        guard let start = freeLists[found] else {
            preconditionFailure("no block of order \(order)")
        }
        let chunk = start.load(as: FreeLinks.self).chunk
        unlink(start, order: found)
        while found > order {
            found -= 1
            link(start + (unitBytes << found), order: found, chunk: chunk)
        }
        liveBytes += unitBytes << order
        memory.charge(unitBytes << order)
        return Block(start: start, chunk: chunk)
    }

    /// Gives a block back and joins it with its buddy as far as that is free.
    func release(_ block: Block, order: Int) {
        liveBytes -= unitBytes << order
        memory.release(unitBytes << order)
        guard let chunk = chunks[block.chunk] else { preconditionFailure("chunk is gone") }
        if isScarce, unitBytes << order >= Self.leastDiscardedBytes {
            // The first page stays: the links of a free block lie there.
            weir_discard_memory(
                block.start + Self.pageBytes,
                unitBytes << order - Self.pageBytes
            )
        }
        var unit = (block.start - chunk.start) / unitBytes
        var joined = order
        while joined < chunk.order {
            let buddy = unit ^ (1 << joined)
            if chunk.freeOrders[buddy] != UInt8(joined + 1) { break }
            unlink(chunk.start + buddy * unitBytes, order: joined)
            unit = min(unit, buddy)
            joined += 1
        }
        link(chunk.start + unit * unitBytes, order: joined, chunk: block.chunk)
        if joined == chunk.order {
            unlink(chunk.start, order: joined)
            unmap(block.chunk)
        }
    }

    /// Whether the budget is about to be used up, so that free blocks must not fill memory.
    var isScarce: Bool { memory.roomBytes < memory.limitBytes / 8 }

    /// Maps a chunk as large as all before it, within the limits; returns its order.
    private func map(atLeast order: Int) -> Int {
        let wanted = min(max(reservedBytes, Self.smallestChunkBytes), Self.largestChunkBytes)
        var chunkOrder = order
        while unitBytes << (chunkOrder + 1) <= wanted { chunkOrder += 1 }
        let isHuge = unitBytes << chunkOrder >= Self.hugePageBytes
        let alignment = isHuge ? Self.hugePageBytes : Self.pageBytes
        let bytes = ((unitBytes << chunkOrder) + Self.pageBytes - 1) & ~(Self.pageBytes - 1)
        guard let start = weir_map_memory(bytes, alignment, isHuge ? 1 : 0) else {
            preconditionFailure("the kernel refuses \(bytes) bytes of memory")
        }
        // Mapped, not allocated: zeroed page by page when first used, not all at once now.
        let orderBytes = ((1 << chunkOrder) + Self.pageBytes - 1) & ~(Self.pageBytes - 1)
        guard let orders = weir_map_memory(orderBytes, Self.pageBytes, 0) else {
            preconditionFailure("the kernel refuses \(orderBytes) bytes of memory")
        }
        let freeOrders = orders.bindMemory(to: UInt8.self, capacity: orderBytes)
        let chunk = Chunk(
            start: start,
            mappedBytes: bytes,
            orderBytes: orderBytes,
            order: chunkOrder,
            freeOrders: freeOrders
        )
        let index = chunks.firstIndex { $0 == nil } ?? chunks.count
        if index == chunks.count { chunks.append(chunk) } else { chunks[index] = chunk }
        reservedBytes += bytes
        link(start, order: chunkOrder, chunk: index)
        return chunkOrder
    }

    private func unmap(_ index: Int) {
        guard let chunk = chunks[index] else { return }
        weir_unmap_memory(chunk.start, chunk.mappedBytes)
        weir_unmap_memory(chunk.freeOrders, chunk.orderBytes)
        reservedBytes -= chunk.mappedBytes
        chunks[index] = nil
    }

    private func link(_ block: UnsafeMutableRawPointer, order: Int, chunk: Int) {
        let head = freeLists[order]
        block.storeBytes(
            of: FreeLinks(next: head, previous: nil, chunk: chunk),
            as: FreeLinks.self
        )
        head?.assumingMemoryBound(to: FreeLinks.self).pointee.previous = block
        freeLists[order] = block
        mark(block, chunk: chunk, UInt8(order + 1))
    }

    private func unlink(_ block: UnsafeMutableRawPointer, order: Int) {
        let links = block.load(as: FreeLinks.self)
        links.next?.assumingMemoryBound(to: FreeLinks.self).pointee.previous = links.previous
        if let previous = links.previous {
            previous.assumingMemoryBound(to: FreeLinks.self).pointee.next = links.next
        } else {
            freeLists[order] = links.next
        }
        mark(block, chunk: links.chunk, 0)
    }

    private func mark(_ block: UnsafeMutableRawPointer, chunk index: Int, _ value: UInt8) {
        guard let chunk = chunks[index] else { preconditionFailure("chunk is gone") }
        chunk.freeOrders[(block - chunk.start) / unitBytes] = value
    }
}

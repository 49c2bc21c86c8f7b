import WeirCore

/// Memory for keys and values of any length, by size classes: what is given back is used again for
/// the same class.
///
/// Payloads never move, so that growth of a table copies none. Up to 4 KiB they are cut from slabs
/// of 64 KiB, which stay until the table goes; larger ones come and go singly.
final class PayloadAllocator {
    // SAFETY: blocks are cut from slabs without overlap and have at least 16 bytes, which is
    // room for the link of a free list.

    private static let slabBytes = 64 << 10
    private static let largestCut = 4096
    /// 16, 32, … 256, then four classes a doubling up to 4096.
    private static let classCount = 32

    private let memory: TaskMemory
    private var slabs: [UnsafeMutableRawPointer] = []
    private var cursor = slabBytes
    private var freeLists = [UnsafeMutableRawPointer?](repeating: nil, count: classCount)
    /// Bytes of the payloads in use, rounded to their classes.
    private(set) var liveBytes = 0

    init(memory: TaskMemory) { self.memory = memory }

    deinit {
        memory.release(liveBytes)
        for slab in slabs { slab.deallocate() }
    }

    /// The bytes that a payload of this length takes.
    static func blockBytes(_ count: Int) -> Int {
        count > largestCut ? count : classBytes(classIndex(count))
    }

    /// Room for `count` bytes, at a multiple of 16.
    func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        let bytes = Self.blockBytes(count)
        liveBytes += bytes
        memory.charge(bytes)
        if count > Self.largestCut { return .allocate(byteCount: count, alignment: 16) }
        let index = Self.classIndex(count)
        if let block = freeLists[index] {
            freeLists[index] = block.load(as: UnsafeMutableRawPointer?.self)
            return block
        }
        if cursor + bytes > Self.slabBytes {
            slabs.append(.allocate(byteCount: Self.slabBytes, alignment: 64))
            cursor = 0
        }
        let block = slabs[slabs.count - 1] + cursor
        cursor += bytes
        return block
    }

    /// Gives back what `allocate(count)` returned.
    func release(_ block: UnsafeMutableRawPointer, _ count: Int) {
        let bytes = Self.blockBytes(count)
        liveBytes -= bytes
        memory.release(bytes)
        if count > Self.largestCut { return block.deallocate() }
        let index = Self.classIndex(count)
        block.storeBytes(of: freeLists[index], as: UnsafeMutableRawPointer?.self)
        freeLists[index] = block
    }

    private static func classIndex(_ count: Int) -> Int {
        if count <= 256 { return max(count - 1, 0) >> 4 }
        let last = count - 1
        let doubling = Int.bitWidth - 1 - last.leadingZeroBitCount
        return 16 + (doubling - 8) * 4 + ((last >> (doubling - 2)) & 3)
    }

    private static func classBytes(_ index: Int) -> Int {
        if index < 16 { return (index + 1) << 4 }
        let doubling = 8 + (index - 16) / 4
        return (1 << doubling) + ((index - 16) % 4 + 1) << (doubling - 2)
    }
}

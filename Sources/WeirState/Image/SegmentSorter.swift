import WeirCore
import WeirSnapshot

/// Sorts the entries of segments by image key, in runs of bounded memory.
///
/// Entries are taken oldest first; a run is the newest version of each key in what fits the memory,
/// so a later run is newer than an earlier one, and whoever applies them in order needs no merge.
final class SegmentSorter {
    /// One entry in memory: where it is, and enough of its key to decide most comparisons.
    private struct Item {
        /// The first 16 bytes of the image key, big endian, zeros behind its end.
        var high: UInt64
        var low: UInt64
        var offset: Int
        var keyCount: Int32
        /// -1: removed.
        var valueCount: Int32
    }

    private var memory: UnsafeMutableRawPointer
    private var capacity: Int
    private var used = 0
    private var items: [Item] = []
    private let itemLimit: Int
    private let marksRemovals: Bool
    private let timeToLive: ImageTimeToLive

    /// Takes `capacity` bytes: half of them for keys and values, half for the items and for sorting
    /// them, which takes half an item each.
    ///
    /// With `marksRemovals` every value gets a byte in front, 1, and a removal is the value 0.
    /// What `timeToLive` allows to drop counts as removed.
    init(capacity: Int, marksRemovals: Bool, timeToLive: ImageTimeToLive) {
        self.capacity = capacity / 2
        self.marksRemovals = marksRemovals
        self.timeToLive = timeToLive
        memory = .allocate(byteCount: capacity / 2, alignment: 16)
        itemLimit = max(1, capacity / 2 / (MemoryLayout<Item>.stride * 3 / 2))
        items.reserveCapacity(itemLimit)
    }

    deinit { memory.deallocate() }

    /// Whether an entry of so many bytes fits the run.
    func hasRoom(for entry: SegmentEntry) -> Bool {
        items.isEmpty || (items.count < itemLimit && used + byteCount(entry) <= capacity)
    }

    /// Adds an entry to the run.
    func append(_ entry: SegmentEntry) {
        let bytes = byteCount(entry)
        if used + bytes > capacity { grow(to: used + bytes) }
        // SAFETY: `bytes` are free behind `used`, and 16 more are zeroed or belong to the entry.
        let start = memory + used
        start.storeBytes(of: 0, toByteOffset: 0, as: UInt64.self)
        start.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
        ImageKey.storePrefix(keyGroup: entry.keyGroup, state: entry.state, to: start)
        if let key = entry.key.baseAddress {
            (start + ImageKey.prefixBytes).copyMemory(from: key, byteCount: entry.key.count)
        }
        let keyCount = ImageKey.prefixBytes + entry.key.count
        let high = UInt64(bigEndian: start.loadUnaligned(as: UInt64.self))
        let low = UInt64(bigEndian: start.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        var end = start + keyCount
        var valueCount = entry.value?.count ?? -1
        if marksRemovals {
            end.storeBytes(of: entry.value == nil ? 0 : 1, as: UInt8.self)
            end += 1
            valueCount = 1 + max(valueCount, 0)
        }
        if let value = entry.value, let source = value.baseAddress {
            end.copyMemory(from: source, byteCount: value.count)
        }
        items.append(
            Item(
                high: high,
                low: low,
                offset: used,
                keyCount: Int32(keyCount),
                valueCount: Int32(valueCount)
            )
        )
        used += bytes
    }

    /// Calls `body` for each key of the run in order, with its newest value (nil: removed), and
    /// begins the next run.
    ///
    /// - Returns: How many keys there were.
    func drain(
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) throws(WeirError)
            -> Void
    ) throws(WeirError) -> Int {
        defer {
            items.removeAll(keepingCapacity: true)
            used = 0
        }
        let memory = UnsafeRawPointer(memory)
        items.withUnsafeMutableBufferPointer { $0.sort { Self.precedes($0, $1, memory) } }
        var count = 0
        for index in items.indices {
            let item = items[index]
            if index + 1 < items.count, Self.order(item, items[index + 1], memory) == 0 {
                continue
            }
            let key = UnsafeRawBufferPointer(
                start: memory + item.offset,
                count: Int(item.keyCount)
            )
            let value = UnsafeRawBufferPointer(
                start: memory + item.offset + Int(item.keyCount),
                count: max(Int(item.valueCount), 0)
            )
            let isGone = item.valueCount < 0 || timeToLive.allowsDropping(key, value)
            try body(key, isGone ? nil : value)
            count += 1
        }
        return count
    }

    /// By key, and the older entry first: offsets grow with age.
    private static func precedes(_ a: Item, _ b: Item, _ memory: UnsafeRawPointer) -> Bool {
        if a.high != b.high { return a.high < b.high }
        if a.low != b.low { return a.low < b.low }
        let order = order(a, b, memory)
        return order == 0 ? a.offset < b.offset : order < 0
    }

    private static func order(_ a: Item, _ b: Item, _ memory: UnsafeRawPointer) -> Int {
        if a.high != b.high { return a.high < b.high ? -1 : 1 }
        if a.low != b.low { return a.low < b.low ? -1 : 1 }
        let first = UnsafeRawBufferPointer(start: memory + a.offset, count: Int(a.keyCount))
        let second = UnsafeRawBufferPointer(start: memory + b.offset, count: Int(b.keyCount))
        return compareBytes(first, second)
    }

    /// At least 16, so that the head of the key can be loaded as two integers.
    private func byteCount(_ entry: SegmentEntry) -> Int {
        max(16, ImageKey.prefixBytes + entry.key.count + 1 + (entry.value?.count ?? 0))
    }

    private func grow(to needed: Int) {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: needed, alignment: 16)
        larger.copyMemory(from: memory, byteCount: used)
        memory.deallocate()
        memory = larger
        capacity = needed
    }
}

/// Compares bytes as `memcmp` does, the shorter first where one begins with the other.
func compareBytes(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    let count = min(a.count, b.count)
    var index = 0
    while index &+ 8 <= count {
        // SAFETY: eight bytes are there in both.
        let first = UInt64(bigEndian: a.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        let second = UInt64(bigEndian: b.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        if first != second { return first < second ? -1 : 1 }
        index &+= 8
    }
    while index < count {
        if a[index] != b[index] { return a[index] < b[index] ? -1 : 1 }
        index &+= 1
    }
    return a.count == b.count ? 0 : (a.count < b.count ? -1 : 1)
}

import WeirCore

/// The keys met so far, wanted or not, each with the key that followed it last time.
///
/// Events of one producer have their keys in one order, so that one comparison of eight bytes finds
/// a key. Keys of many spellings are not kept past a limit; they cost a hash and a comparison.
final class JSONKeyTable {
    /// A key as it stands in the document.
    struct Key {
        /// The first eight bytes, or fewer.
        var word: UInt64
        /// Which bits of them count.
        var mask: UInt64
        /// A copy of all bytes.
        var bytes: UnsafeMutablePointer<UInt8>
        var count: Int
        /// Index of the wanted field; -1 if the key is not wanted.
        var field: Int
        /// Index of the key that followed.
        var next: Int
    }

    /// Most keys that are kept.
    static let limit = 256
    /// Longest key that is found by the prediction: no more than the padding may be read.
    private static let predictedCount = 48
    private static let slotCount = 1024

    // SAFETY: both arrays have fixed sizes, `limit` and `slotCount`, and are freed with the table;
    // `match` reads no further than `predictedCount` bytes, less than the input's padding.
    let keys: UnsafeMutablePointer<Key>
    private let slots: UnsafeMutablePointer<Int>
    private(set) var count = 0
    private let wanted: [[UInt8]]

    /// A table that knows the wanted keys, in the order of their fields.
    init(_ names: [String]) {
        wanted = names.map { [UInt8]($0.utf8) }
        keys = .allocate(capacity: Self.limit)
        slots = .allocate(capacity: Self.slotCount)
        slots.initialize(repeating: -1, count: Self.slotCount)
        for (field, name) in wanted.enumerated().prefix(Self.limit) {
            name.withUnsafeBytes { _ = add($0, field: field) }
        }
    }

    deinit {
        for index in 0..<count { keys[index].bytes.deallocate() }
        keys.deallocate()
        slots.deallocate()
    }

    /// Whether key `index` stands at the cursor, followed by a quote.
    @inline(__always)
    func match(_ index: Int, _ cursor: UnsafePointer<UInt8>) -> Bool {
        let key = keys + index
        guard NumberText.load8(cursor) & key.pointee.mask == key.pointee.word else { return false }
        let count = key.pointee.count
        guard cursor[count] == JSONScanner.quote else { return false }
        var offset = 8
        while offset < count {
            if cursor[offset] != key.pointee.bytes[offset] { return false }
            offset &+= 1
        }
        return true
    }

    /// The index of a key, which is added if there is room; -1 if there is not.
    func find(_ bytes: UnsafeRawBufferPointer) -> Int {
        var slot = Self.slot(bytes)
        while slots[slot] >= 0 {
            let key = keys[slots[slot]]
            if key.count == bytes.count,
                UnsafeRawBufferPointer(start: key.bytes, count: key.count).elementsEqual(bytes)
            {
                return slots[slot]
            }
            slot = (slot + 1) % Self.slotCount
        }
        return count < Self.limit ? add(bytes, field: field(bytes)) : -1
    }

    /// The wanted field of a key that has no place in the table; -1 if it is not wanted.
    func field(_ bytes: UnsafeRawBufferPointer) -> Int {
        wanted.firstIndex { $0.elementsEqual(bytes) } ?? -1
    }

    private static func slot(_ bytes: UnsafeRawBufferPointer) -> Int {
        Int(truncatingIfNeeded: KeyHash.hash(bytes) % UInt64(slotCount))
    }

    private func add(_ bytes: UnsafeRawBufferPointer, field: Int) -> Int {
        let index = count
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count + 16)
        copy.initialize(repeating: 0, count: bytes.count + 16)
        for (offset, byte) in bytes.enumerated() { copy[offset] = byte }
        // A key whose spelling differs from its bytes is never predicted: the word has bits that
        // the mask has not.
        let isPlain =
            bytes.count <= Self.predictedCount
            && bytes.allSatisfy {
                $0 >= 0x20 && $0 != JSONScanner.quote && $0 != JSONScanner.backslash
            }
        let mask: UInt64 = bytes.count >= 8 ? .max : (1 << UInt64(8 * bytes.count)) - 1
        keys.advanced(by: index).initialize(
            to: Key(
                word: isPlain ? NumberText.load8(copy) & mask : 1,
                mask: isPlain ? mask : 0,
                bytes: copy,
                count: bytes.count,
                field: field,
                next: index + 1
            )
        )
        var slot = Self.slot(bytes)
        while slots[slot] >= 0 { slot = (slot + 1) % Self.slotCount }
        slots[slot] = index
        count += 1
        return index
    }
}

@available(*, unavailable)
extension JSONKeyTable: Sendable {}

import CWeirIntrinsics
import WeirCore

/// The keys met so far, wanted or not, each with the key that followed it last time.
///
/// Events of one producer have their keys in one order, so that one or two comparisons of eight
/// bytes find a key. Keys of many spellings are not kept past a limit; they cost a hash and a
/// comparison.
final class JSONKeyTable {
    /// What is done with a key's value; the fast path knows the first three.
    enum Use: UInt8 {
        /// Checked, not stored.
        case skip
        case text
        case integer
        case other
    }

    /// A key as it stands in the document.
    struct Key {
        /// The first eight bytes with the closing quote and the colon, or fewer.
        var head: UInt64
        /// Which bits of them count; none if the key is never predicted.
        var headMask: UInt64
        /// The last eight bytes, the colon included; zero if the head holds all.
        var tail: UInt64
        var tailMask: UInt64
        /// Where they begin.
        var tailOffset: Int
        /// Bytes with the closing quote and the colon.
        var width: Int
        /// A copy of all bytes with room for eight more; nil if the key has no place in the table.
        var bytes: UnsafeMutablePointer<UInt8>?
        /// The wanted field; -1 if the key is not wanted.
        var field: Int
        /// The key that followed.
        var next: UnsafeMutablePointer<Key>
        var use: Use

        var count: Int { width - 2 }
    }

    /// Most keys that are kept.
    static let limit = 256
    /// Longest key that is found by the prediction: no more than the padding may be read.
    private static let predictedCount = 48
    private static let slotCount = 1024

    // SAFETY: the arrays have fixed sizes, `limit` with two keys more, and `slotCount`, and are freed
    // with the table; `matches` reads no further than `predictedCount` bytes and two, less than the
    // input's padding.
    private let keys: UnsafeMutablePointer<Key>
    /// Stands before the first key of a document.
    let origin: UnsafeMutablePointer<Key>
    /// Stands for the key at hand if it has no place in the table.
    private let unlisted: UnsafeMutablePointer<Key>
    private let slots: UnsafeMutablePointer<Int>
    private var count = 0
    private let wanted: [(name: [UInt8], use: Use)]

    /// A table that knows the wanted keys, in the order of their fields.
    init(_ wanted: [(name: String, use: Use)]) {
        self.wanted = wanted.map { ([UInt8]($0.name.utf8), $0.use) }
        keys = .allocate(capacity: Self.limit + 2)
        origin = keys + Self.limit
        unlisted = origin + 1
        slots = .allocate(capacity: Self.slotCount)
        slots.initialize(repeating: -1, count: Self.slotCount)
        for index in 0..<(Self.limit + 2) {
            (keys + index).initialize(to: Self.unpredictable(next: keys))
        }
        for (field, entry) in self.wanted.enumerated().prefix(Self.limit) {
            entry.name.withUnsafeBytes { _ = add($0, field: field, entry.use) }
        }
    }

    deinit {
        for index in 0..<count { keys[index].bytes?.deallocate() }
        keys.deallocate()
        slots.deallocate()
    }

    /// The key with these bytes, which is added if there is room.
    ///
    /// `previous` is the key in front of it in the document, and remembers it.
    func find(
        _ bytes: UnsafeRawBufferPointer,
        after previous: UnsafeMutablePointer<Key>
    ) -> UnsafeMutablePointer<Key> {
        guard let found = listed(bytes) else {
            let field = wanted.firstIndex { $0.name.elementsEqual(bytes) } ?? -1
            unlisted.pointee.field = field
            unlisted.pointee.use = field < 0 ? .skip : wanted[field].use
            return unlisted
        }
        previous.pointee.next = found
        return found
    }

    private func listed(_ bytes: UnsafeRawBufferPointer) -> UnsafeMutablePointer<Key>? {
        var slot = Self.slot(bytes)
        while slots[slot] >= 0 {
            let key = keys + slots[slot]
            if key.pointee.hasBytes(bytes) { return key }
            slot = (slot + 1) % Self.slotCount
        }
        guard count < Self.limit else { return nil }
        let field = wanted.firstIndex { $0.name.elementsEqual(bytes) } ?? -1
        return add(bytes, field: field, field < 0 ? .skip : wanted[field].use)
    }

    private static func slot(_ bytes: UnsafeRawBufferPointer) -> Int {
        Int(truncatingIfNeeded: KeyHash.hash(bytes) % UInt64(slotCount))
    }

    private func add(
        _ bytes: UnsafeRawBufferPointer,
        field: Int,
        _ use: Use
    ) -> UnsafeMutablePointer<Key> {
        let index = count
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count + 8)
        copy.initialize(repeating: 0, count: bytes.count + 8)
        for (offset, byte) in bytes.enumerated() { copy[offset] = byte }
        let key = keys + index
        key.pointee = Self.unpredictable(next: index + 1 < Self.limit ? key + 1 : keys)
        key.pointee.bytes = copy
        key.pointee.width = bytes.count + 2
        key.pointee.field = field
        key.pointee.use = use
        // A key whose spelling differs from its bytes is never predicted.
        let isPlain = bytes.allSatisfy {
            $0 >= 0x20 && $0 != JSONScanner.quote && $0 != JSONScanner.backslash
        }
        if isPlain, bytes.count <= Self.predictedCount { key.pointee.predict() }
        var slot = Self.slot(bytes)
        while slots[slot] >= 0 { slot = (slot + 1) % Self.slotCount }
        slots[slot] = index
        count += 1
        return key
    }

    /// A key that stands nowhere: the head has a bit that the mask has not.
    private static func unpredictable(next: UnsafeMutablePointer<Key>) -> Key {
        Key(
            head: 1,
            headMask: 0,
            tail: 0,
            tailMask: 0,
            tailOffset: 0,
            width: 2,
            bytes: nil,
            field: -1,
            next: next,
            use: .skip
        )
    }
}

extension JSONKeyTable.Key {
    /// Whether the key stands at the cursor, followed by a quote and a colon.
    @inline(__always)
    func matches(_ cursor: UnsafePointer<UInt8>) -> Bool {
        let differences =
            (NumberText.load8(cursor) & headMask ^ head)
            | (NumberText.load8(cursor + tailOffset) & tailMask ^ tail)
        guard differences == 0 else { return false }
        var offset = 8
        while offset < tailOffset {
            let middle = NumberText.load8(bytes.unsafelyUnwrapped + offset)
            if NumberText.load8(cursor + offset) != middle { return false }
            offset &+= 8
        }
        return true
    }

    /// Whether these are all of its bytes.
    fileprivate func hasBytes(_ other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count, let bytes, let start = other.baseAddress else {
            return count == other.count
        }
        return weir_compare(start, bytes, count) == 0
    }

    /// Sets what `matches` compares.
    fileprivate mutating func predict() {
        // SAFETY: there is room for eight bytes behind the key, of which two are used.
        guard let bytes else { return }
        bytes[count] = JSONScanner.quote
        bytes[count + 1] = UInt8(ascii: ":")
        headMask = width >= 8 ? .max : (1 << UInt64(8 * width)) - 1
        head = NumberText.load8(bytes) & headMask
        if width > 8 {
            tailOffset = width - 8
            tailMask = .max
            tail = NumberText.load8(bytes + tailOffset)
        }
    }
}

@available(*, unavailable)
extension JSONKeyTable: Sendable {}

import CWeirIntrinsics
import WeirCore
import WeirSnapshot

/// The keys that a merge has met, each with the state that it is of.
///
/// Open addressing over sixteen bytes a key: the eight bytes of the key, or the hash of one of
/// another length, whose bytes are copied.
struct SeenKeys: ~Copyable {
    // SAFETY: `words` has two words for each of `capacity` slots; chunks are freed with this value,
    // which cannot be copied. Addresses have at most 48 bits, the lowest of which are 0.
    private let words: ZeroedWords
    private var slots: UnsafeMutablePointer<UInt64> { words.start }
    private let capacity: UInt64
    private var chunks: [UnsafeMutableRawPointer] = []
    private var free: UnsafeMutableRawPointer?
    private var freeBytes = 0

    private static let isEight: UInt64 = 1
    private static let alignment = 8
    private static let addressMask: UInt64 = (1 << 48) - UInt64(alignment)
    private static let chunkBytes = 256 << 10

    /// Room for `count` keys, at 22 bytes each and those of long keys.
    init(count: Int) {
        capacity = UInt64(count) * 4 / 3 + 16
        words = ZeroedWords(count: 2 * Int(capacity))
    }

    deinit {
        for chunk in chunks { chunk.deallocate() }
    }

    /// The hash by which an entry is found.
    @inline(__always)
    static func hash(_ entry: SegmentEntry) -> UInt64 {
        KeyHash.hash(entry.key) ^ salt(entry.state)
    }

    /// What tells the keys of states apart.
    @inline(__always)
    static func salt(_ state: UInt16) -> UInt64 { UInt64(state) &* 0x9e37_79b9_7f4a_7c15 }

    /// Asks for the cache line where a search for a hash begins.
    @inline(__always)
    func prefetch(_ hash: UInt64) { weir_prefetch(slots + 2 * home(hash)) }

    /// Notes a key; returns false if it was noted before.
    mutating func insert(_ entry: SegmentEntry, _ hash: UInt64) -> Bool {
        let isEight = entry.key.count == 8
        let word = isEight ? entry.key.loadUnaligned(as: UInt64.self) : hash
        let facts = UInt64(entry.state) << 48 | (isEight ? Self.isEight : 0)
        var index = home(hash)
        while true {
            let place = slots[2 * index + 1]
            if place == 0 { break }
            if slots[2 * index] == word, place & ~Self.addressMask == facts {
                if isEight || isKey(entry.key, at: place & Self.addressMask) { return false }
            }
            index += 1
            if index == Int(capacity) { index = 0 }
        }
        slots[2 * index] = word
        // Never 0: there is a flag or an address.
        slots[2 * index + 1] = facts | (isEight ? 0 : copy(entry.key))
        return true
    }

    /// The low bits: those above choose the key group, so that they are alike in a part.
    @inline(__always)
    private func home(_ hash: UInt64) -> Int { Int(((hash & 0xffff_ffff) &* capacity) &>> 32) }

    private func isKey(_ key: UnsafeRawBufferPointer, at address: UInt64) -> Bool {
        guard let stored = UnsafeRawPointer(bitPattern: UInt(address)) else { return false }
        let count = Int(stored.loadUnaligned(as: UInt32.self))
        return compareBytes(UnsafeRawBufferPointer(start: stored + 4, count: count), key) == 0
    }

    /// Bytes of memory for a key of some length that is copied.
    private static func copyBytes(_ count: Int) -> Int { (4 + count + alignment - 1) & -alignment }

    /// Bytes of memory for a key of some length, about.
    static func bytes(ofKey count: Int) -> Int { 22 + (count == 8 ? 0 : copyBytes(count)) }

    private mutating func copy(_ key: UnsafeRawBufferPointer) -> UInt64 {
        let bytes = Self.copyBytes(key.count)
        if bytes > freeBytes {
            freeBytes = max(bytes, Self.chunkBytes)
            let chunk = UnsafeMutableRawPointer.allocate(
                byteCount: freeBytes,
                alignment: Self.alignment
            )
            chunks.append(chunk)
            free = chunk
        }
        guard let target = free else { preconditionFailure("a chunk without an address") }
        target.storeBytes(of: UInt32(key.count), as: UInt32.self)
        if let source = key.baseAddress {
            (target + 4).copyMemory(from: source, byteCount: key.count)
        }
        free = target + bytes
        freeBytes -= bytes
        let address = UInt64(UInt(bitPattern: target))
        precondition(address & ~Self.addressMask == 0, "an address of more than 48 bits")
        return address
    }
}

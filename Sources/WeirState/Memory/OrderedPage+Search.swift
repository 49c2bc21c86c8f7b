import CWeirIntrinsics

/// Searching a page by the heads of its keys.
///
/// All keys of a page share their first `prefixLength` bytes; the four bytes behind them are the
/// head, which lies in the slot as an integer. So a search reads the slots, which are few cache
/// lines, one record for the prefix, and others only if heads are equal. After Graefe and Larson,
/// B-tree indexes and CPU caches, ICDE 2001.
extension OrderedPage {
    // SAFETY: slots are below `count`; key bytes are read inside of the keys' bounds.

    /// The first slot whose key counts: in an inner page the first key is less than all others.
    private var firstKeySlot: Int { level > 0 ? 1 : 0 }

    private var prefixLength: Int { Int(get(44)) }

    private func head(_ slot: Int) -> UInt32 {
        start.load(fromByteOffset: slotOffset(slot) + 4, as: UInt32.self)
    }

    private func setHead(_ slot: Int, _ head: UInt32) {
        start.storeBytes(of: head, toByteOffset: slotOffset(slot) + 4, as: UInt32.self)
    }

    /// Four bytes of a key from an offset on, zeros behind its end.
    private static func head(_ key: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
        if key.count >= offset + 4 {
            return UInt32(bigEndian: key.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        var head: UInt32 = 0
        for index in offset..<offset + 4 {
            head = head << 8 | (index < key.count ? UInt32(key[index]) : 0)
        }
        return head
    }

    /// Asks for the cache lines of header and slots.
    func prefetch() {
        for line in 0..<16 { weir_prefetch(start + line * 64) }
    }

    /// Gives a new record its head; shortens the prefix of all if it has not the same.
    func noteInserted(_ slot: Int) {
        let base = firstKeySlot
        if slot < base { return }
        let key = key(slot)
        if count == base + 1 {
            set(44, UInt16(min(key.count, Int(UInt16.max))))
        } else {
            let other = self.key(slot == base ? base + 1 : base)
            let common = Self.commonLength(key, other, most: prefixLength)
            if common < prefixLength {
                set(44, UInt16(common))
                for slot in base..<count { setHead(slot, Self.head(self.key(slot), at: common)) }
                return
            }
        }
        setHead(slot, Self.head(key, at: prefixLength))
    }

    /// Finds prefix and heads anew.
    func renewHeads() {
        let base = firstKeySlot
        guard count > base else { return }
        let first = key(base)
        let most = min(first.count, Int(UInt16.max))
        let common = Self.commonLength(first, key(count - 1), most: most)
        set(44, UInt16(common))
        for slot in base..<count { setHead(slot, Self.head(key(slot), at: common)) }
    }

    private static func commonLength(
        _ a: UnsafeRawBufferPointer,
        _ b: UnsafeRawBufferPointer,
        most: Int
    ) -> Int {
        let end = min(a.count, b.count, most)
        var length = 0
        while length < end, a[length] == b[length] { length += 1 }
        return length
    }

    /// The first slot whose key is not less than `key`, and whether it is equal.
    func lowerBound(_ key: UnsafeRawBufferPointer) -> (slot: Int, isEqual: Bool) {
        let slots = candidates(key)
        var low = slots.lowerBound
        var high = slots.upperBound
        while low < high {
            let middle = (low + high) >> 1
            let order = Self.compare(self.key(middle), key)
            if order == 0 { return (middle, true) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }

    /// The slot of the child of an inner page where a key belongs.
    func childSlot(_ key: UnsafeRawBufferPointer) -> Int {
        let slots = candidates(key)
        var low = slots.lowerBound
        var high = slots.upperBound
        while low < high {
            let middle = (low + high) >> 1
            if Self.compare(self.key(middle), key) <= 0 { low = middle + 1 } else { high = middle }
        }
        return max(low - 1, 0)
    }

    /// The slots that prefix and head do not tell from a key: those before are less, those behind
    /// are greater.
    private func candidates(_ key: UnsafeRawBufferPointer) -> Range<Int> {
        let base = firstKeySlot
        let end = count
        guard end > base else { return min(base, end)..<min(base, end) }
        let prefixLength = prefixLength
        if prefixLength > 0 {
            let prefix = UnsafeRawBufferPointer(rebasing: self.key(base)[..<prefixLength])
            let shorter = min(prefixLength, key.count)
            let order = Self.compare(UnsafeRawBufferPointer(rebasing: key[..<shorter]), prefix)
            if order < 0 { return base..<base }
            if order > 0 { return end..<end }
        }
        let head = Self.head(key, at: prefixLength)
        let first = firstSlot(from: base, to: end) { $0 >= head }
        var last = first
        while last < end, self.head(last) == head {
            last += 1
            if last - first == 8 {
                last = firstSlot(from: last, to: end) { $0 > head }
                break
            }
        }
        return first..<last
    }

    /// The first slot whose head passes a test that all later ones pass too.
    @inline(__always)
    private func firstSlot(from base: Int, to end: Int, _ passes: (UInt32) -> Bool) -> Int {
        var low = base
        var length = end - base
        while length > 0 {
            let half = length >> 1
            let goesRight = !passes(head(low + half))
            low = goesRight ? low + half + 1 : low
            length = goesRight ? length - half - 1 : half
        }
        return low
    }

    /// Below zero, zero or above as the bytes of `a` sort before, equal or after those of `b`.
    static func compare(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
        let shorter = min(a.count, b.count)
        if shorter > 0, let first = a.baseAddress, let second = b.baseAddress {
            let order = Int(weir_compare(first, second, shorter))
            if order != 0 { return order }
        }
        return a.count - b.count
    }
}

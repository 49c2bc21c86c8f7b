extension SegmentBuilder {
    /// The longest key or value of a run: lengths are one byte each.
    public static let longestRunField = 0x7e

    /// Adds `count` keys of one key group with their values, which all have the same short lengths.
    ///
    /// Gives what `append` would give, at a third of its cost. Both lengths are multiples of eight
    /// and at most `longestRunField`; `entry` returns the address of a key, right behind which its value
    /// lies, both at a multiple of eight.
    @inlinable
    @inline(__always)
    public func appendRun(
        keyGroup: UInt16,
        state: UInt16,
        keyLength: Int,
        valueLength: Int,
        count: Int,
        entry: (Int) -> UnsafeRawPointer
    ) {
        // SAFETY: room for eight bytes more than the entries is reserved, so that the first eight
        // bytes of an entry can be stored at once although only six of them are used.
        let entryBytes = 6 &+ keyLength &+ valueLength
        let open = opens + part(of: keyGroup)
        var target = room(open, for: count &* entryBytes &+ 8, keyGroup)
        let head =
            UInt64(keyGroup) | UInt64(state) &<< 16
            | UInt64(truncatingIfNeeded: keyLength) &<< 32
            | UInt64(truncatingIfNeeded: valueLength &+ 1) &<< 40
        for index in 0..<count {
            target.storeBytes(of: head.littleEndian, as: UInt64.self)
            let source = entry(index)
            var offset = 0
            while offset < keyLength &+ valueLength {
                let word = source.load(fromByteOffset: offset, as: UInt64.self)
                target.storeBytes(of: word, toByteOffset: 6 &+ offset, as: UInt64.self)
                offset &+= 8
            }
            target += entryBytes
        }
        accept(open, upTo: target, count: UInt32(truncatingIfNeeded: count))
    }
}

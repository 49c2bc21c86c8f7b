import WeirCore

/// The keys of a group of which some may lie below the table only: from `lower` to `upper`, both
/// included; without an upper bound if that is nil.
///
/// A hull: what was evicted widens it, so that misses elsewhere still mean that there is no value.
struct AbsentRange {
    var lower: [UInt8] = []
    var upper: [UInt8]?

    func contains(_ key: UnsafeRawBufferPointer) -> Bool {
        if lower.withUnsafeBytes({ compareBytes($0, key) }) > 0 { return false }
        guard let upper else { return true }
        return upper.withUnsafeBytes { compareBytes(key, $0) } <= 0
    }
}

extension OrderedTable {
    /// Whether a miss of a key means that it has no value: nothing near it was evicted.
    func isResident(_ group: Int, _ key: UnsafeRawBufferPointer) -> Bool {
        if groups[group].isResident { return true }
        return !(absent[group]?.contains(key) ?? false)
    }

    /// The first key of a group that may lie below the table only; nil if the group is resident.
    public func firstAbsent(_ keyGroup: KeyGroup) -> [UInt8]? { absent[index(keyGroup)]?.lower }

    /// Notes that the table holds everything of a group before `key`: it was taken in, or is gone.
    public func raiseAbsence(_ keyGroup: KeyGroup, to key: UnsafeRawBufferPointer) {
        let group = index(keyGroup)
        guard let range = absent[group], range.contains(key) else {
            guard let range = absent[group] else { return }
            // Before the range there is nothing to raise; behind it nothing is left.
            if range.lower.withUnsafeBytes({ compareBytes($0, key) }) < 0 {
                setResident(group, true)
            }
            return
        }
        absent[group]?.lower = [UInt8](key)
    }

    /// Whether keys from `key` on that begin with `prefix` may lie below the table only.
    func mayBeAbsent(
        _ group: Int,
        prefix: UnsafeRawBufferPointer,
        from key: UnsafeRawBufferPointer
    ) -> Bool {
        guard let range = absent[group] else { return false }
        if let upper = range.upper, upper.withUnsafeBytes({ compareBytes(key, $0) }) > 0 {
            return false
        }
        return range.lower.withUnsafeBytes { lower in
            if compareBytes(lower, prefix) <= 0 { return true }
            return lower.count >= prefix.count
                && compareBytes(UnsafeRawBufferPointer(rebasing: lower[..<prefix.count]), prefix)
                    == 0
        }
    }

    /// Notes that values from one key to another are about to leave the table.
    func noteEvicted(
        _ group: Int,
        from first: UnsafeRawBufferPointer,
        through last: UnsafeRawBufferPointer
    ) {
        guard var range = absent[group] else {
            setResident(group, false)
            absent[group] = AbsentRange(lower: [UInt8](first), upper: [UInt8](last))
            return
        }
        if range.lower.withUnsafeBytes({ compareBytes(first, $0) }) < 0 {
            range.lower = [UInt8](first)
        }
        if let upper = range.upper, upper.withUnsafeBytes({ compareBytes($0, last) }) < 0 {
            range.upper = [UInt8](last)
        }
        absent[group] = range
    }
}

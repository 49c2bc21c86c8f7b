import WeirCore

/// The search of one state's table for entries that have expired: round after round, in slices.
struct ExpirySweep {
    /// Where a round goes on.
    struct Place {
        var flat = FlatCursor()
        /// A group, counted from the first, and the last key looked at in it.
        var group = 0
        var key: [UInt8] = []
    }

    let state: UInt16
    let timeToLive: StateTimeToLive
    private var place: Place?
    /// When the next round begins.
    private var nextRound = Int64.min

    init(state: UInt16, timeToLive: StateTimeToLive) {
        self.state = state
        self.timeToLive = timeToLive
    }

    /// Looks at a slice of a table; returns how many entries went, and whether the round goes on.
    mutating func run(_ table: any StateTable, _ clock: StateClock) -> (count: Int, goesOn: Bool) {
        let now = clock.time(timeToLive.domain)
        guard place != nil || now >= nextRound else { return (0, false) }
        var current = place ?? Place()
        let (count, isAtEnd) = table.removeExpired(now: now, from: &current)
        place = isAtEnd ? nil : current
        if isAtEnd {
            // Nothing has expired for long when a quarter of the time to live has passed.
            let (next, overflow) = now.addingReportingOverflow(max(1, timeToLive.milliseconds / 4))
            nextRound = overflow ? .max : next
        }
        return (count, !isAtEnd)
    }
}

extension KeyedStateBackend {
    /// Removes what has expired, a slice of each table; returns whether more is due at once.
    func removeExpired(_ clock: StateClock) -> Bool {
        var goesOn = false
        for index in sweeps.indices {
            let id = sweeps[index].state
            for (state, table) in tables where state == id {
                let slice = sweeps[index].run(table, clock)
                expiredEntryCount += slice.count
                if slice.goesOn { goesOn = true }
            }
        }
        return goesOn
    }
}

extension FlatTable {
    /// Buckets of seven slots that a slice looks at.
    static let expiryBuckets = 64

    func removeExpired(now: Int64, from place: inout ExpirySweep.Place) -> (Int, isAtEnd: Bool) {
        var expired: [[UInt8]] = []
        let isAtEnd = forEach(from: &place.flat, mostBuckets: Self.expiryBuckets) { _, key, value in
            if ImageTimeToLive.isExpired(value, now) { expired.append([UInt8](key)) }
        }
        for key in expired { key.withUnsafeBytes(removeKnown) }
        return (expired.count, isAtEnd)
    }

    private func removeKnown(_ key: UnsafeRawBufferPointer) {
        let hash = hash(of: key)
        switch keyKind {
        case .fixed8: remove(FlatKey8(key.loadUnaligned(as: UInt64.self)), hash: hash)
        case .fixed16:
            let first = key.loadUnaligned(as: UInt64.self)
            let second = key.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            remove(FlatKey16(first, second), hash: hash)
        case .bytes: remove(FlatKeyBytes(key), hash: hash)
        }
    }
}

extension OrderedTable {
    /// Entries that a slice looks at.
    static let expiryEntries = 256

    func removeExpired(now: Int64, from place: inout ExpirySweep.Place) -> (Int, isAtEnd: Bool) {
        let cursor = OrderedCursor(self, marksUse: false)
        var looked = 0
        var count = 0
        while place.group < keyGroups.count {
            let keyGroup = KeyGroup(UInt16(keyGroups.lower + place.group))
            var isAtEntry = place.key.withUnsafeBytes { cursor.seek(keyGroup, $0) }
            while isAtEntry {
                if looked >= Self.expiryEntries {
                    place.key = [UInt8](cursor.key)
                    return (count, false)
                }
                looked += 1
                if ImageTimeToLive.isExpired(cursor.value, now) {
                    remove(keyGroup, cursor.key)
                    count += 1
                }
                isAtEntry = cursor.next()
            }
            place.group += 1
            place.key = []
        }
        return (count, true)
    }
}

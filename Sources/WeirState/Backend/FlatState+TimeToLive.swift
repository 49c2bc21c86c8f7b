import WeirCore

extension FlatState {
    /// Removes entries in memory that have expired, a slice at each call, round and round.
    ///
    /// Reads decide by themselves whether an entry lives; this only gives memory back. What lies
    /// below goes when it is compacted (`ImageTimeToLive`).
    /// - Parameters:
    ///   - now: The time, in milliseconds; entries whose expiry is at or before it go.
    ///   - mostBuckets: How many buckets of seven slots to look at.
    /// - Returns: How many entries went.
    public func sweepExpired(now: Int64, mostBuckets: Int = 64) -> Int {
        var expired: [[UInt8]] = []
        let isAtEnd = table.forEach(from: &sweep, mostBuckets: mostBuckets) { _, key, value in
            guard value.count >= ImageTimeToLive.expiryBytes else { return }
            let expiry = Int64(littleEndian: value.loadUnaligned(as: Int64.self))
            if expiry <= now { expired.append([UInt8](key)) }
        }
        if isAtEnd { sweep = FlatCursor() }
        for key in expired { key.withUnsafeBytes(remove) }
        return expired.count
    }

    private func remove(_ key: UnsafeRawBufferPointer) {
        let hash = KeyHash.hash(key)
        switch table.keyKind {
        case .fixed8:
            table.remove(FlatKey8(key.loadUnaligned(as: UInt64.self)), hash: hash)
        case .fixed16:
            let first = key.loadUnaligned(as: UInt64.self)
            let second = key.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            table.remove(FlatKey16(first, second), hash: hash)
        case .bytes:
            table.remove(FlatKeyBytes(key), hash: hash)
        }
    }
}

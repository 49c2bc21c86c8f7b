import WeirCore
import WeirData
import WeirState

/// The bytes behind a map or list state: entries of the key at hand.
///
/// ```
/// entry key: key | sub-key        value: [expiry i64, with a time to live] | bytes
/// ```
final class SortedCell {
    private let state: SortedState
    private let key: CurrentKey
    private let timeToLive: StateTimeToLive?
    private var builder = SortedKey()
    private var bound = SortedKey()
    private var writer = ByteWriter()
    private var hints = FirstHints()

    init(_ state: SortedState, _ key: CurrentKey, _ timeToLive: StateTimeToLive?) {
        self.state = state
        self.key = key
        self.timeToLive = timeToLive
    }

    /// The value of a sub-key.
    func read(_ subKey: (inout ByteWriter) -> Void) -> [UInt8]? {
        build(subKey)
        guard let value = state.value(key.keyGroup, builder.bytes) else { return nil }
        guard let live = content(value) else {
            state.remove(key.keyGroup, builder.bytes)
            return nil
        }
        renew(key.keyGroup, [UInt8](builder.bytes), value)
        return live
    }

    /// Makes an entry that was read live on, if reads do that.
    func renew(_ keyGroup: UInt16, _ entryKey: [UInt8], _ value: [UInt8]) {
        guard let timeToLive, timeToLive.updates == .onReadAndWrite else { return }
        writer.removeAll()
        writer.append(integer: timeToLive.expiry(now: now(timeToLive)))
        if writer.bytes.elementsEqual(value[..<8]) { return }
        writer.append(bytes: Array(value[8...]))
        entryKey.withUnsafeBytes { state.set(keyGroup, $0, writer.bytes) }
    }

    /// Sets the value of a sub-key.
    func write(_ subKey: (inout ByteWriter) -> Void, _ value: (inout ByteWriter) -> Void) {
        build(subKey)
        writer.removeAll()
        if let timeToLive { writer.append(integer: timeToLive.expiry(now: now(timeToLive))) }
        value(&writer)
        hints.noteWrite(key.hash, builder.bytes)
        state.set(key.keyGroup, builder.bytes, writer.bytes)
    }

    /// Removes a sub-key.
    func remove(_ subKey: (inout ByteWriter) -> Void) {
        build(subKey)
        state.remove(key.keyGroup, builder.bytes)
    }

    /// Removes all of the key's entries.
    func removeAll() {
        var walk = walk()
        while let entry = walk.next() {
            entry.key.withUnsafeBytes { _ = state.remove(key.keyGroup, $0) }
        }
        hints.note(key.hash, prefix, first: nil)
    }

    /// The first entry of the key that has not expired; nil if there is none.
    func first() -> (key: [UInt8], value: [UInt8])? {
        var walk = walk(firstBatch: 1)
        let entry = walk.next()
        hints.note(key.hash, prefix, first: entry?.key)
        var next = entry
        while let entry = next {
            if let content = content(entry.value) {
                renew(key.keyGroup, entry.key, entry.value)
                return (Array(entry.key[walk.prefix.count...]), content)
            }
            next = walk.next()
        }
        return nil
    }

    /// A walk over entries of the key by sub-key, also over expired ones.
    func walk(
        from lower: (inout ByteWriter) -> Void = { _ in },
        through upper: ((inout ByteWriter) -> Void)? = nil,
        firstBatch: Int = 4
    ) -> SortedWalk {
        build({ _ in })
        let prefix = [UInt8](builder.bytes)
        let known = hints.known(key.hash, builder.bytes)
        lower(&builder.writer)
        var start = [UInt8](builder.bytes)
        if case .from(let first) = known, start.lexicographicallyPrecedes(first) { start = first }
        var last: [UInt8]?
        if let upper {
            build(upper)
            last = [UInt8](builder.bytes)
        }
        var isEmpty = false
        if case .isEmpty = known { isEmpty = true }
        return SortedWalk(
            state,
            key.keyGroup,
            prefix: prefix,
            from: isEmpty ? nil : start,
            through: last,
            firstBatch: firstBatch
        )
    }

    /// The bytes of a stored value, without the expiry; nil if it has expired.
    func content(_ value: [UInt8]) -> [UInt8]? {
        guard let timeToLive else { return value }
        guard value.count >= 8 else { return nil }
        let expiry = value.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) }
        return Int64(littleEndian: expiry) <= now(timeToLive) ? nil : Array(value[8...])
    }

    func failCorrupt() {
        key.fail(WeirError(.corruptBytes, "An entry of state \(state.name) does not decode."))
    }

    /// What the keys of the current key's entries begin with; valid until the builder is next used.
    private var prefix: UnsafeRawBufferPointer {
        build({ _ in })
        return builder.bytes
    }

    private func build(_ subKey: (inout ByteWriter) -> Void) {
        builder.reset()
        builder.append(key: key.bytes, key.layout)
        subKey(&builder.writer)
    }

    private func now(_ timeToLive: StateTimeToLive) -> Int64 {
        timeToLive.domain == .eventTime ? key.watermark : key.processingTime
    }
}

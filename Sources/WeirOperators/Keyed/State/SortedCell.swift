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
        return live
    }

    /// Sets the value of a sub-key.
    func write(_ subKey: (inout ByteWriter) -> Void, _ value: (inout ByteWriter) -> Void) {
        build(subKey)
        writer.removeAll()
        if let timeToLive { writer.append(integer: timeToLive.expiry(now: now(timeToLive))) }
        value(&writer)
        state.set(key.keyGroup, builder.bytes, writer.bytes)
    }

    /// Removes a sub-key.
    func remove(_ subKey: (inout ByteWriter) -> Void) {
        build(subKey)
        state.remove(key.keyGroup, builder.bytes)
    }

    /// Removes all of the key's entries.
    func removeAll() {
        for entry in stored(from: { _ in }, limit: .max, through: nil) {
            entry.key.withUnsafeBytes { _ = state.remove(key.keyGroup, $0) }
        }
    }

    /// Entries of the key by sub-key, without those that have expired.
    func entries(
        limit: Int = .max,
        from lower: (inout ByteWriter) -> Void = { _ in },
        through upper: ((inout ByteWriter) -> Void)? = nil
    ) -> [(key: [UInt8], value: [UInt8])] {
        let skip = prefixCount
        return stored(from: lower, limit: limit, through: upper).compactMap { entry in
            content(entry.value).map { (Array(entry.key[skip...]), $0) }
        }
    }

    func failCorrupt() {
        key.fail(WeirError(.corruptBytes, "An entry of state \(state.name) does not decode."))
    }

    private var prefixCount: Int { key.bytes.count + (key.layout == .variable ? 4 : 0) }

    private func stored(
        from lower: (inout ByteWriter) -> Void,
        limit: Int,
        through upper: ((inout ByteWriter) -> Void)?
    ) -> [(key: [UInt8], value: [UInt8])] {
        build(lower)
        var last: [UInt8]?
        if let upper {
            bound.reset()
            bound.append(key: key.bytes, key.layout)
            upper(&bound.writer)
            last = bound.writer.array
        }
        var found = 0
        let prefix = UnsafeRawBufferPointer(rebasing: builder.bytes[..<prefixCount])
        return state.entries(key.keyGroup, prefix: prefix, from: builder.bytes) { bytes in
            found += 1
            if found > limit { return false }
            return last.map { !$0.lexicographicallyPrecedes(bytes) } ?? true
        }
    }

    private func build(_ subKey: (inout ByteWriter) -> Void) {
        builder.reset()
        builder.append(key: key.bytes, key.layout)
        subKey(&builder.writer)
    }

    private func content(_ value: [UInt8]) -> [UInt8]? {
        guard let timeToLive else { return value }
        guard value.count >= 8 else { return nil }
        let expiry = value.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) }
        return Int64(littleEndian: expiry) <= now(timeToLive) ? nil : Array(value[8...])
    }

    private func now(_ timeToLive: StateTimeToLive) -> Int64 {
        timeToLive.domain == .eventTime ? key.watermark : key.processingTime
    }
}

import WeirCore
import WeirData
import WeirState

/// One value of type `T` for each key; reads and writes concern the key at hand.
///
/// With a time to live a value that has not been written for that long reads as nil.
public struct ValueState<T: StateValue> {
    @usableFromInline let cell: ValueCell

    init(_ cell: ValueCell) { self.cell = cell }

    /// The value, nil if there is none; setting nil removes it.
    @inlinable
    public var value: T? {
        get {
            guard let bytes = cell.read() else { return nil }
            guard let value = T.load(state: bytes) else {
                cell.failCorrupt()
                return nil
            }
            return value
        }
        nonmutating set {
            guard let newValue else { return cell.remove() }
            cell.write { newValue.store(state: &$0) }
        }
    }

    /// Removes the value.
    @inlinable
    public func clear() { cell.remove() }
}

/// The bytes behind a value state.
@usableFromInline
final class ValueCell {
    private let state: FlatState
    private let key: CurrentKey
    private let timeToLive: StateTimeToLive?
    private let width: Int?
    private var writer = ByteWriter()

    init(_ state: FlatState, _ key: CurrentKey, _ timeToLive: StateTimeToLive?, width: Int?) {
        self.state = state
        self.key = key
        self.timeToLive = timeToLive
        self.width = width
    }

    /// Bytes of a fixed-width value in the table; nil for any number.
    static func values(width: Int?, _ timeToLive: StateTimeToLive?) -> FlatValueKind {
        guard let width, width <= 240 else { return .bytes }
        return .fixed((width + 7) / 8 * 8 + (timeToLive == nil ? 0 : 8))
    }

    /// The value's bytes, valid until the state is next used; nil if there is none, or no longer.
    @usableFromInline
    func read() -> UnsafeRawBufferPointer? {
        guard let bytes = find() else { return nil }
        guard let timeToLive else { return bytes }
        guard bytes.count >= 8 else { return nil }
        let expiry = Int64(littleEndian: bytes.loadUnaligned(as: Int64.self))
        let now = now(timeToLive)
        if expiry <= now {
            remove()
            return nil
        }
        if timeToLive.updates == .onReadAndWrite, expiry != timeToLive.expiry(now: now) {
            let copy = [UInt8](bytes[8...])
            write { $0.append(bytes: copy) }
            guard let renewed = find() else { return nil }
            return UnsafeRawBufferPointer(rebasing: renewed[8...])
        }
        return UnsafeRawBufferPointer(rebasing: bytes[8...])
    }

    /// Sets the value to the bytes that `body` appends.
    @usableFromInline
    func write(_ body: (inout ByteWriter) -> Void) {
        writer.removeAll()
        if let timeToLive { writer.append(integer: timeToLive.expiry(now: now(timeToLive))) }
        body(&writer)
        if case .fixed(let bytes) = state.table.valueKind, writer.count < bytes {
            writer.append(zeros: bytes - writer.count)
        }
        do throws(WeirError) {
            let hash = key.hash
            switch state.table.keyKind {
            case .fixed8:
                let word = FlatKey8(key.bytes)
                try state.prepare(word, hash: hash)
                state.table.set(word, hash: hash, to: writer.bytes)
            case .fixed16:
                let words = FlatKey16(key.bytes)
                try state.prepare(words, hash: hash)
                state.table.set(words, hash: hash, to: writer.bytes)
            case .bytes:
                let bytes = FlatKeyBytes(key.bytes)
                try state.prepare(bytes, hash: hash)
                state.table.set(bytes, hash: hash, to: writer.bytes)
            }
        } catch {
            key.fail(error)
        }
    }

    /// Removes the value.
    @usableFromInline
    func remove() {
        let hash = key.hash
        switch state.table.keyKind {
        case .fixed8: state.table.remove(FlatKey8(key.bytes), hash: hash, mayBeBelow: true)
        case .fixed16: state.table.remove(FlatKey16(key.bytes), hash: hash, mayBeBelow: true)
        case .bytes: state.table.remove(FlatKeyBytes(key.bytes), hash: hash, mayBeBelow: true)
        }
    }

    @usableFromInline
    func failCorrupt() {
        key.fail(WeirError(.corruptBytes, "A value of state \(state.id) does not decode."))
    }

    private func now(_ timeToLive: StateTimeToLive) -> Int64 {
        timeToLive.domain == .eventTime ? key.watermark : key.processingTime
    }

    private func find() -> UnsafeRawBufferPointer? {
        do throws(WeirError) {
            let hash = key.hash
            let found: FlatLookup
            switch state.table.keyKind {
            case .fixed8:
                let word = FlatKey8(key.bytes)
                try state.prepare(word, hash: hash)
                found = state.table.find(word, hash: hash)
            case .fixed16:
                let words = FlatKey16(key.bytes)
                try state.prepare(words, hash: hash)
                found = state.table.find(words, hash: hash)
            case .bytes:
                let bytes = FlatKeyBytes(key.bytes)
                try state.prepare(bytes, hash: hash)
                found = state.table.find(bytes, hash: hash)
            }
            guard case .value(let address) = found else { return nil }
            return state.table.bytes(at: address)
        } catch {
            key.fail(error)
            return nil
        }
    }
}

extension FlatKey8 {
    /// The key in eight bytes.
    init(_ bytes: UnsafeRawBufferPointer) { self.init(bytes.loadUnaligned(as: UInt64.self)) }
}

extension FlatKey16 {
    /// The key in sixteen bytes.
    init(_ bytes: UnsafeRawBufferPointer) {
        self.init(
            bytes.loadUnaligned(as: UInt64.self),
            bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        )
    }
}

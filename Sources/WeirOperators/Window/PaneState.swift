import WeirCore
import WeirData
import WeirState

/// Accumulators by key and slice.
final class PaneState {
    let state: FlatState
    private let isFixed: Bool
    private var writer = ByteWriter()

    init(_ state: FlatState, _ layout: KeyLayout) {
        self.state = state
        isFixed = layout == .fixed8
    }

    /// Registers the state: keys carry eight bytes more than the operator's.
    static func register(
        _ name: String,
        of owner: SlicedWindowAggregate
    ) throws(WeirError) -> PaneState {
        let layout = owner.layout
        let width = owner.kernels.width
        let state = try owner.context.requiredKeyedState().flatState(
            StateDescriptor(
                name,
                .panes,
                keySchema: owner.keySchema,
                valueSchema: owner.valueSchema
            ),
            keys: layout == .fixed8 ? .fixed16 : .bytes,
            values: .fixed(width),
            namespaceBytes: PaneKeys.sliceBytes
        )
        return PaneState(state, layout)
    }

    /// Makes sure that the table knows all that there is of some keys.
    func prepare(_ keys: PaneKeys) throws(WeirError) {
        let hashes = UnsafePointer(keys.hashes)
        if isFixed {
            let words = keys.words
            try state.prepare(hashes: hashes, count: keys.count) {
                FlatKey16(words[2 &* $0], words[2 &* $0 &+ 1])
            }
        } else {
            try state.prepare(hashes: hashes, count: keys.count) { FlatKeyBytes(keys.bytes($0)) }
        }
    }

    /// Asks for the memory of a slice of the current key that is needed soon.
    func prefetch(_ key: CurrentKey, _ slice: Int64) {
        state.table.prefetch(hash: KeyHash.hash(key.hash, namespace: UInt64(bitPattern: slice)))
    }

    // SAFETY: addresses of values are valid until the table is next changed; callers use them before.
    /// The accumulator of a slice of the current key; nil if there is none.
    func find(_ key: CurrentKey, _ slice: Int64) throws(WeirError) -> UnsafeRawPointer? {
        if isKnownEmpty { return nil }
        let hash = KeyHash.hash(key.hash, namespace: UInt64(bitPattern: slice))
        let found: FlatLookup
        if isFixed {
            let key = fixedKey(key, slice)
            try state.prepare(key, hash: hash)
            found = state.table.find(key, hash: hash)
        } else {
            build(key, slice)
            let key = FlatKeyBytes(writer.bytes)
            try state.prepare(key, hash: hash)
            found = state.table.find(key, hash: hash)
        }
        guard case .value(let address) = found else { return nil }
        return UnsafeRawPointer(address)
    }

    /// The accumulator of a slice to change; zeros if it is new.
    func upsert(
        _ key: CurrentKey,
        _ slice: Int64
    ) throws(WeirError) -> (value: UnsafeMutableRawPointer, isNew: Bool) {
        let hash = KeyHash.hash(key.hash, namespace: UInt64(bitPattern: slice))
        if isFixed {
            let key = fixedKey(key, slice)
            try state.prepare(key, hash: hash)
            return state.table.upsert(key, hash: hash)
        }
        build(key, slice)
        let key = FlatKeyBytes(writer.bytes)
        try state.prepare(key, hash: hash)
        return state.table.upsert(key, hash: hash)
    }

    /// Removes a slice's accumulator; returns whether it was there.
    @discardableResult
    func remove(_ key: CurrentKey, _ slice: Int64) throws(WeirError) -> Bool {
        if isKnownEmpty { return false }
        let hash = KeyHash.hash(key.hash, namespace: UInt64(bitPattern: slice))
        if !state.table.isResident || !isFixed {
            guard try find(key, slice) != nil else { return false }
        }
        if isFixed { return state.table.remove(fixedKey(key, slice), hash: hash) }
        return state.table.remove(FlatKeyBytes(writer.bytes), hash: hash)
    }

    /// Whether there is no accumulator at all: `extras` mostly has none.
    private var isKnownEmpty: Bool { state.table.count == 0 && state.table.isResident }

    private func fixedKey(_ key: CurrentKey, _ slice: Int64) -> FlatKey16 {
        FlatKey16(key.bytes.loadUnaligned(as: UInt64.self), UInt64(bitPattern: slice))
    }

    private func build(_ key: CurrentKey, _ slice: Int64) {
        writer.removeAll()
        writer.append(bytes: key.bytes)
        writer.append(integer: UInt64(bitPattern: slice))
    }
}

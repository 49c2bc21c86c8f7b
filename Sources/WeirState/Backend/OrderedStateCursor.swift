import WeirCore

/// A walk over the entries of one key group that begin with a prefix, in the order of their keys,
/// whether they lie in memory or below.
///
/// The table may change between two steps. After `KeyedStateBackend.maintain` the cursor must be
/// made to seek again, since entries may have moved.
public final class OrderedStateCursor {
    /// What may lie below the table in the range of the walk.
    private enum Below {
        /// Nothing, or nothing more.
        case none
        /// Something, but not before this key.
        case notBefore([UInt8])
        /// The cursor stands on an entry, which is in `belowKey` and `belowValue`.
        case open(any ImageCursor)
    }

    private let state: OrderedState
    private let overlay: OrderedCursor
    private var isOverlayValid = false
    private var below = Below.none
    private var keyGroup = KeyGroup(0)
    private var prefix: [UInt8] = []
    /// Whether the current entry is from below.
    private var isFromBelow = false
    private var belowKey: [UInt8] = []
    private var belowValue: [UInt8] = []

    init(_ state: OrderedState) {
        self.state = state
        overlay = OrderedCursor(state.table)
    }

    /// Goes to the first entry whose key begins with `prefix` and is not less than `key`.
    ///
    /// - Parameters:
    ///   - keyGroup: The group.
    ///   - prefix: What all keys of the walk begin with.
    ///   - key: Where to begin; nil: at the prefix.
    /// - Returns: Whether there is one.
    /// - Throws: `imageFailed`.
    public func seek(
        _ keyGroup: KeyGroup,
        prefix: UnsafeRawBufferPointer,
        from key: UnsafeRawBufferPointer? = nil
    ) throws(WeirError) -> Bool {
        self.prefix = [UInt8](prefix)
        self.keyGroup = keyGroup
        let start = key ?? prefix
        isOverlayValid = overlay.seek(keyGroup, start)
        below = .none
        let group = state.table.index(keyGroup)
        if state.table.mayBeAbsent(group, prefix: prefix, from: start) {
            var first = [UInt8](start)
            if let lower = state.table.firstAbsent(keyGroup), first.lexicographicallyPrecedes(lower)
            {
                first = lower
            }
            below = .notBefore(first)
        }
        return try settle()
    }

    /// Goes to the next entry; false if there is none.
    ///
    /// - Throws: `imageFailed`.
    public func next() throws(WeirError) -> Bool {
        if isFromBelow {
            isOverlayValid = isOverlayValid && overlay.refresh()
            try advanceBelow()
        } else {
            isOverlayValid = overlay.next()
        }
        return try settle()
    }

    /// Calls `body` with the current entry, whose bytes live until it returns; it must stand on one.
    public func withEntry<Result>(
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Result
    ) -> Result {
        guard isFromBelow else { return body(overlay.key, overlay.value) }
        return belowKey.withUnsafeBytes { key in
            belowValue.withUnsafeBytes { body(key, $0) }
        }
    }

    /// Chooses the nearer of the two entries; what the table knows hides what is below it.
    private func settle() throws(WeirError) -> Bool {
        isFromBelow = false
        let hasOverlay = isOverlayValid && prefix.withUnsafeBytes { overlay.hasPrefix($0) }
        if case .notBefore(let first) = below {
            let isBefore = hasOverlay && first.withUnsafeBytes { compareBytes(overlay.key, $0) } < 0
            if isBefore { return true }
            try openBelow(from: first)
        }
        while case .open = below {
            if hasOverlay, belowKey.withUnsafeBytes({ compareBytes(overlay.key, $0) }) < 0 {
                return true
            }
            let isHidden = belowKey.withUnsafeBytes { state.table.knows(keyGroup, $0) }
            if !isHidden {
                isFromBelow = true
                return true
            }
            state.table.visitedCount &+= 1
            try advanceBelow()
        }
        return hasOverlay
    }

    private func openBelow(from first: [UInt8]) throws(WeirError) {
        let cursor = prefix.withUnsafeBytes { prefix in
            state.backend.below.cursor(
                keyGroup: keyGroup.number,
                state: state.id,
                prefix: prefix
            )
        }
        first.withUnsafeBytes { cursor.seek(keyGroup: keyGroup.number, state: state.id, key: $0) }
        try take(cursor)
    }

    private func advanceBelow() throws(WeirError) {
        guard case .open(let cursor) = below else { return }
        cursor.next()
        try take(cursor)
    }

    /// Copies the entry that a cursor below stands on, or notes that there is none.
    private func take(_ cursor: any ImageCursor) throws(WeirError) {
        guard cursor.isValid else {
            below = .none
            return try cursor.checkStatus()
        }
        below = .open(cursor)
        cursor.withEntry { entry in
            belowKey.removeAll(keepingCapacity: true)
            belowKey.append(contentsOf: entry.key)
            belowValue.removeAll(keepingCapacity: true)
            belowValue.append(contentsOf: entry.value)
        }
    }
}

@available(*, unavailable)
extension OrderedStateCursor: Sendable {}

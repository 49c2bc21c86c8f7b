import WeirCore

/// A walk over the entries of one key group that begin with a prefix, in the order of their keys,
/// whether they lie in memory or below.
///
/// The table may change between two steps. After `KeyedStateBackend.maintain` the cursor must be
/// made to seek again, since entries may have moved.
public final class OrderedStateCursor {
    private let state: OrderedState
    private let overlay: OrderedCursor
    private var isOverlayValid = false
    /// What is below; nil if the group is resident.
    private var below: (any ImageCursor)?
    private var prefix: [UInt8] = []
    /// Whether the current entry is from below; then it is in the two arrays.
    private var isFromBelow = false
    private var belowKey: [UInt8] = []
    private var belowValue: [UInt8] = []

    init(_ state: OrderedState) {
        self.state = state
        overlay = OrderedCursor(state.table, includesRemoved: true)
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
        isOverlayValid = overlay.seek(keyGroup, key ?? prefix)
        below = nil
        if !state.table.isResident(keyGroup) {
            let cursor = state.backend.below.cursor(
                keyGroup: keyGroup.number,
                state: state.id,
                prefix: prefix
            )
            cursor.seek(keyGroup: keyGroup.number, state: state.id, key: key ?? prefix)
            below = cursor
            try takeBelow()
        }
        return try settle()
    }

    /// Goes to the next entry; false if there is none.
    ///
    /// - Throws: `imageFailed`.
    public func next() throws(WeirError) -> Bool {
        if isFromBelow { try advanceBelow() } else { isOverlayValid = overlay.next() }
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

    /// Chooses the nearer of the two entries; the one in memory hides that below it.
    private func settle() throws(WeirError) -> Bool {
        while true {
            let hasOverlay =
                isOverlayValid && prefix.withUnsafeBytes { overlay.hasPrefix($0) }
            guard below != nil else {
                isFromBelow = false
                if !hasOverlay { return false }
                if !overlay.isRemoved { return true }
                isOverlayValid = overlay.next()
                continue
            }
            let order =
                hasOverlay ? belowKey.withUnsafeBytes { compareBytes($0, overlay.key) } : -1
            if order < 0 {
                isFromBelow = true
                return true
            }
            if order == 0 {
                try advanceBelow()
                continue
            }
            isFromBelow = false
            if !overlay.isRemoved { return true }
            isOverlayValid = overlay.next()
        }
    }

    private func advanceBelow() throws(WeirError) {
        below?.next()
        try takeBelow()
    }

    /// Copies the entry below, or notes that there is none.
    private func takeBelow() throws(WeirError) {
        guard let cursor = below, cursor.isValid else {
            let ended = below
            below = nil
            try ended?.checkStatus()
            return
        }
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

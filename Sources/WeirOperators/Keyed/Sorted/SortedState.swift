import WeirCore
import WeirData
import WeirState

/// A keyed state whose entries lie in the order of their keys, per key group.
///
/// Reads of state that is not in memory may fail: the failure is noted at the operator's key
/// (`CurrentKey.fail`), and the operator throws it after the row at hand. Belongs to its operator's
/// thread.
final class SortedState {
    /// Its name among the operator's states.
    let name: String
    let keyGroups: KeyGroupRange
    private let state: OrderedState
    private let cursor: OrderedStateCursor
    private let key: CurrentKey

    init(_ name: String, _ keyGroups: KeyGroupRange, _ state: OrderedState, _ key: CurrentKey) {
        self.name = name
        self.keyGroups = keyGroups
        self.state = state
        self.key = key
        cursor = state.makeCursor()
    }

    /// The value of a key.
    func value(_ keyGroup: UInt16, _ key: UnsafeRawBufferPointer) -> [UInt8]? {
        do throws(WeirError) {
            try state.prepare(KeyGroup(keyGroup), key)
        } catch {
            self.key.fail(error)
            return nil
        }
        guard case .value(let bytes) = state.table.find(KeyGroup(keyGroup), key) else { return nil }
        return [UInt8](bytes)
    }

    /// Sets the value of a key; `isNew` says that no snapshot or image ever held the key.
    func set(
        _ keyGroup: UInt16,
        _ key: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer,
        isNew: Bool = false
    ) {
        state.table.set(KeyGroup(keyGroup), key, to: value, isNew: isNew)
    }

    /// Removes a key; returns whether it was there.
    @discardableResult
    func remove(_ keyGroup: UInt16, _ key: UnsafeRawBufferPointer) -> Bool {
        do throws(WeirError) {
            return try state.remove(KeyGroup(keyGroup), key)
        } catch {
            self.key.fail(error)
            return false
        }
    }

    /// At most `limit` entries whose keys begin with `prefix`, from `key` on, while `isWanted`.
    func entries(
        _ keyGroup: UInt16,
        prefix: [UInt8],
        from key: [UInt8],
        limit: Int,
        while isWanted: (UnsafeRawBufferPointer) -> Bool = { _ in true }
    ) -> [(key: [UInt8], value: [UInt8])] {
        var found: [(key: [UInt8], value: [UInt8])] = []
        do throws(WeirError) {
            var isThere = try seek(KeyGroup(keyGroup), prefix: prefix, from: key)
            while isThere {
                let goesOn = cursor.withEntry { key, value in
                    guard isWanted(key) else { return false }
                    found.append(([UInt8](key), [UInt8](value)))
                    return found.count < limit
                }
                if !goesOn { break }
                isThere = try cursor.next()
            }
        } catch {
            self.key.fail(error)
        }
        return found
    }

    /// Visits the keys of a group from the first on, until `body` returns false.
    ///
    /// Made for those who take entries from the front: what was removed there is not walked over, and
    /// what lies below is taken in many entries at a time.
    func visit(_ keyGroup: UInt16, _ body: (_ key: UnsafeRawBufferPointer) -> Bool) {
        let group = KeyGroup(keyGroup)
        do throws(WeirError) {
            guard let first = try state.loadFront(group) else { return }
            var isThere = try cursor.seek(group, prefix: .empty, from: first)
            while isThere {
                if !cursor.withEntry({ key, _ in body(key) }) { return }
                isThere = try cursor.next()
            }
        } catch {
            key.fail(error)
        }
    }

    private func seek(
        _ group: KeyGroup,
        prefix: [UInt8],
        from start: [UInt8]
    ) throws(WeirError) -> Bool {
        var result = false
        var failure: WeirError?
        prefix.withUnsafeBytes { prefix in
            start.withUnsafeBytes { start in
                do throws(WeirError) {
                    result = try cursor.seek(group, prefix: prefix, from: start)
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
        return result
    }
}

@available(*, unavailable)
extension SortedState: Sendable {}

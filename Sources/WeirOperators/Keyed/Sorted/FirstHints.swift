import WeirData

/// For some keys a place before which the key has no entry, so that whoever takes entries from the
/// front does not walk over what was removed there, again and again.
///
/// A small direct-mapped cache: a hint that was displaced costs a walk, nothing else. All writes of
/// the state must be told.
struct FirstHints {
    private struct Slot {
        var hash: UInt64
        var prefix: [UInt8]
        /// The first entry's full key; nil: the key has no entry.
        var first: [UInt8]?
    }

    private static let slotCount = 256
    private var slots: [Slot?] = Array(repeating: nil, count: slotCount)

    /// What is known of the entries of a key.
    enum Known {
        /// Nothing.
        case nothing
        /// That there is none.
        case isEmpty
        /// That there is none before this full key.
        case from([UInt8])
    }

    /// What is known of the entries that begin with `prefix`.
    func known(_ hash: UInt64, _ prefix: UnsafeRawBufferPointer) -> Known {
        guard let slot = slots[index(hash)], slot.hash == hash, slot.prefix.elementsEqual(prefix)
        else { return .nothing }
        return slot.first.map { .from($0) } ?? .isEmpty
    }

    /// Notes which entry is a key's first; nil: there is none.
    mutating func note(_ hash: UInt64, _ prefix: UnsafeRawBufferPointer, first: [UInt8]?) {
        slots[index(hash)] = Slot(hash: hash, prefix: [UInt8](prefix), first: first)
    }

    /// Notes that an entry was written.
    mutating func noteWrite(_ hash: UInt64, _ key: UnsafeRawBufferPointer) {
        guard let slot = slots[index(hash)], slot.hash == hash, key.starts(with: slot.prefix)
        else { return }
        if let first = slot.first, !key.lexicographicallyPrecedes(first) { return }
        slots[index(hash)]?.first = [UInt8](key)
    }

    private func index(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 7) & 255 }
}

import WeirCore
import WeirData

/// A keyed state whose entries lie in the order of their keys, per key group.
///
/// Belongs to its operator's thread.
public final class SortedState {
    /// Its name among the operator's states.
    let name: String
    let keyGroups: KeyGroupRange
    private var groups: [SortedEntries]

    init(_ name: String, _ keyGroups: KeyGroupRange) {
        self.name = name
        self.keyGroups = keyGroups
        groups = Array(repeating: SortedEntries(), count: keyGroups.count)
    }

    /// How many entries there are.
    var count: Int { groups.reduce(0) { $0 + $1.count } }

    private func index(_ keyGroup: UInt16) -> Int { Int(keyGroup) - keyGroups.lower }

    /// The value of a key.
    func value(_ keyGroup: UInt16, _ key: UnsafeRawBufferPointer) -> [UInt8]? {
        let entries = groups[index(keyGroup)]
        let (position, isEqual) = entries.lowerBound(key)
        return isEqual ? entries.entry(position)?.value : nil
    }

    /// Sets the value of a key; returns whether the key is new.
    @discardableResult
    func set(
        _ keyGroup: UInt16,
        _ key: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer
    ) -> Bool {
        groups[index(keyGroup)].set(key, value)
    }

    /// Removes a key; returns whether it was there.
    @discardableResult
    func remove(_ keyGroup: UInt16, _ key: UnsafeRawBufferPointer) -> Bool {
        groups[index(keyGroup)].remove(key)
    }

    /// The first entry at or behind `key`.
    func first(
        _ keyGroup: UInt16,
        from key: UnsafeRawBufferPointer
    ) -> (key: [UInt8], value: [UInt8])? {
        let entries = groups[index(keyGroup)]
        return entries.entry(entries.lowerBound(key).position)
    }

    /// The entries whose keys begin with `prefix`, from `key` on, while `isWanted`.
    func entries(
        _ keyGroup: UInt16,
        prefix: UnsafeRawBufferPointer,
        from key: UnsafeRawBufferPointer,
        while isWanted: (UnsafeRawBufferPointer) -> Bool = { _ in true }
    ) -> [(key: [UInt8], value: [UInt8])] {
        let entries = groups[index(keyGroup)]
        var found: [(key: [UInt8], value: [UInt8])] = []
        var position = entries.lowerBound(key).position
        while let entry = entries.entry(position) {
            let goesOn = entry.key.withUnsafeBytes { $0.starts(with: prefix) && isWanted($0) }
            if !goesOn { break }
            found.append(entry)
            position = entries.next(position)
        }
        return found
    }

    /// Visits the keys of a group from the first on, until `body` returns false.
    func visit(_ keyGroup: UInt16, _ body: (_ key: [UInt8]) -> Bool) {
        let entries = groups[index(keyGroup)]
        var position = SortedEntries.Position(leaf: 0, index: 0)
        while let (key, _) = entries.entry(position) {
            if !body(key) { return }
            position = entries.next(position)
        }
    }

    /// The entries of each key group that has any, encoded.
    func encoded() -> [[UInt8]] {
        var elements: [[UInt8]] = []
        for (offset, entries) in groups.enumerated() where entries.count > 0 {
            var writer = ByteWriter(capacity: entries.count * 32)
            writer.append(integer: UInt16(keyGroups.lower + offset))
            writer.append(count: entries.count)
            var position = SortedEntries.Position(leaf: 0, index: 0)
            while let (key, value) = entries.entry(position) {
                writer.append(sized: key)
                writer.append(sized: value)
                position = entries.next(position)
            }
            elements.append(writer.array)
        }
        return elements
    }

    /// Takes in an encoded key group, if it belongs here.
    func restore(_ element: [UInt8]) throws(WeirError) {
        try element.withReader { reader throws(WeirError) in
            let group = try reader.readInteger(as: UInt16.self)
            guard keyGroups.contains(KeyGroup(group)) else { return }
            let count = try reader.readCount(elementSize: 2)
            for _ in 0..<count {
                let key = try reader.readSized()
                let value = try reader.readSized()
                groups[index(group)].set(key, value)
            }
            try reader.finish()
        }
    }
}

@available(*, unavailable)
extension SortedState: Sendable {}

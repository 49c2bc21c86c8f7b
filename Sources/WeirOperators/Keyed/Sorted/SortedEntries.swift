/// Entries of bytes in the order of their keys, in leaves of bounded size.
///
/// A search compares the first keys of leaves, then the keys of one leaf; an insertion moves at most
/// a leaf's entries.
struct SortedEntries {
    /// A run of neighbouring entries.
    final class Leaf {
        var keys: [[UInt8]] = []
        var values: [[UInt8]] = []
    }

    /// Where an entry is, or would be.
    struct Position: Equatable {
        var leaf: Int
        var index: Int
    }

    private static let leafLimit = 256

    private var leaves: [Leaf] = []
    private(set) var count = 0

    /// The first entry whose key is not below `key`, and whether it is equal.
    func lowerBound(_ key: UnsafeRawBufferPointer) -> (position: Position, isEqual: Bool) {
        if leaves.isEmpty { return (Position(leaf: 0, index: 0), false) }
        var low = 0
        var high = leaves.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if SortedEntries.compare(leaves[middle].keys[0], key) <= 0 {
                low = middle
            } else {
                high = middle
            }
        }
        let keys = leaves[low].keys
        var first = 0
        var last = keys.count
        while first < last {
            let middle = (first + last) / 2
            let order = SortedEntries.compare(keys[middle], key)
            if order == 0 { return (Position(leaf: low, index: middle), true) }
            if order < 0 { first = middle + 1 } else { last = middle }
        }
        if first == keys.count { return (Position(leaf: low + 1, index: 0), false) }
        return (Position(leaf: low, index: first), false)
    }

    /// The entry at a position, nil behind the last one.
    func entry(_ position: Position) -> (key: [UInt8], value: [UInt8])? {
        guard position.leaf < leaves.count else { return nil }
        let leaf = leaves[position.leaf]
        return (leaf.keys[position.index], leaf.values[position.index])
    }

    /// The position behind another.
    func next(_ position: Position) -> Position {
        if position.index + 1 < leaves[position.leaf].keys.count {
            return Position(leaf: position.leaf, index: position.index + 1)
        }
        return Position(leaf: position.leaf + 1, index: 0)
    }

    /// Sets the value of a key; returns whether the key is new.
    @discardableResult
    mutating func set(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
        let (found, isEqual) = lowerBound(key)
        if isEqual {
            leaves[found.leaf].values[found.index] = [UInt8](value)
            return false
        }
        count += 1
        var position = found
        if leaves.isEmpty { leaves.append(Leaf()) }
        if position.index == 0, position.leaf > 0 {
            position = Position(
                leaf: position.leaf - 1,
                index: leaves[position.leaf - 1].keys.count
            )
        }
        let leaf = leaves[position.leaf]
        leaf.keys.insert([UInt8](key), at: position.index)
        leaf.values.insert([UInt8](value), at: position.index)
        if leaf.keys.count > SortedEntries.leafLimit { split(position) }
        return true
    }

    /// Cuts a full leaf: behind the newest entry if that came last, since keys often ascend.
    private mutating func split(_ newest: Position) {
        let leaf = leaves[newest.leaf]
        let isLast = newest.index == leaf.keys.count - 1
        let cut = isLast ? newest.index : leaf.keys.count / 2
        let right = Leaf()
        right.keys = Array(leaf.keys[cut...])
        right.values = Array(leaf.values[cut...])
        leaf.keys.removeSubrange(cut...)
        leaf.values.removeSubrange(cut...)
        leaves.insert(right, at: newest.leaf + 1)
    }

    /// Removes a key; returns whether it was there.
    @discardableResult
    mutating func remove(_ key: UnsafeRawBufferPointer) -> Bool {
        let (found, isEqual) = lowerBound(key)
        guard isEqual else { return false }
        let leaf = leaves[found.leaf]
        leaf.keys.remove(at: found.index)
        leaf.values.remove(at: found.index)
        if leaf.keys.isEmpty { leaves.remove(at: found.leaf) }
        count -= 1
        return true
    }

    /// The order of two keys by their bytes.
    private static func compare(_ a: [UInt8], _ b: UnsafeRawBufferPointer) -> Int {
        a.withUnsafeBytes { a in
            let shared = min(a.count, b.count)
            for index in 0..<shared where a[index] != b[index] {
                return a[index] < b[index] ? -1 : 1
            }
            return a.count - b.count
        }
    }
}

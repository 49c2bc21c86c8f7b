/// A share of the key space: the unit of placement, snapshot, restore and migration.
///
/// `keyGroup = hash(key) % maxParallelism`, as in Flink; the hash is `KeyHash`, fixed and versioned.
@frozen
public struct KeyGroup: Hashable, Comparable, Sendable {
    /// The number, from 0 to `maxParallelism - 1`.
    public let number: UInt16

    /// Wraps a number.
    @inlinable
    public init(_ number: UInt16) { self.number = number }

    /// The group of a key with this hash.
    ///
    /// Multiply-shift instead of a division: uniform for any count up to 32 768, and it uses the
    /// high bits, so that tables inside a group are free to index by the low ones.
    @inlinable
    public init(hash: UInt64, maxParallelism: Int) {
        number = UInt16(truncatingIfNeeded: ((hash &>> 32) &* UInt64(maxParallelism)) &>> 32)
    }

    /// Orders by number.
    @inlinable
    public static func < (a: KeyGroup, b: KeyGroup) -> Bool { a.number < b.number }
}

/// A run of neighbouring key groups, owned by one subtask.
@frozen
public struct KeyGroupRange: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The first group.
    public let lower: Int
    /// One past the last group.
    public let upper: Int

    /// Groups `lower` up to, not including, `upper`.
    @inlinable
    public init(_ lower: Int, _ upper: Int) {
        precondition(lower >= 0 && lower <= upper, "key groups \(lower)..<\(upper)")
        self.lower = lower
        self.upper = upper
    }

    /// The groups of subtask `index` of `parallelism`, of `maxParallelism` in all.
    @inlinable
    public init(subtask: Subtask, maxParallelism: Int) {
        let lower = (subtask.index * maxParallelism + subtask.parallelism - 1) / subtask.parallelism
        let upper =
            ((subtask.index + 1) * maxParallelism + subtask.parallelism - 1) / subtask.parallelism
        self.init(lower, upper)
    }

    /// How many groups.
    @inlinable
    public var count: Int { upper - lower }

    /// Whether a group belongs to the range.
    @inlinable
    public func contains(_ group: KeyGroup) -> Bool {
        Int(group.number) >= lower && Int(group.number) < upper
    }

    /// What two ranges share, or nil.
    public func intersection(_ other: KeyGroupRange) -> KeyGroupRange? {
        let low = max(lower, other.lower)
        let high = min(upper, other.upper)
        return low < high ? KeyGroupRange(low, high) : nil
    }

    /// The subtask that owns a group: the inverse of `init(subtask:maxParallelism:)`.
    @inlinable
    public static func owner(of group: KeyGroup, parallelism: Int, maxParallelism: Int) -> Int {
        Int(group.number) * parallelism / maxParallelism
    }

    /// `0..<64`.
    public var description: String { "\(lower)..<\(upper)" }
}

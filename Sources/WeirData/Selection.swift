/// Which rows of a batch are there: their indices, ascending.
public final class Selection {
    // SAFETY: `capacity` indices, freed with this object; only those below `count` are read.
    /// Memory for the indices.
    public let indices: UnsafeMutablePointer<UInt16>
    /// How many indices there is room for.
    public let capacity: Int
    /// How many indices.
    public private(set) var count: Int

    /// Room for `capacity` indices.
    public init(capacity: Int) {
        self.capacity = capacity
        indices = .allocate(capacity: capacity)
        count = 0
    }

    /// Sets how many indices are valid.
    public func setCount(_ count: Int) { self.count = count }

    deinit { indices.deallocate() }
}

@available(*, unavailable)
extension Selection: Sendable {}

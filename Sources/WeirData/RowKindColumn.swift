/// Owns the row kinds of a batch.
public final class RowKindColumn {
    // SAFETY: `capacity` kinds, all initialised, freed with this object.
    /// One `RowKind` a row.
    public let kinds: UnsafeMutablePointer<RowKind>

    /// Memory for `capacity` rows, all inserts.
    public init(capacity: Int) {
        kinds = .allocate(capacity: capacity)
        kinds.initialize(repeating: .insert, count: capacity)
    }

    deinit { kinds.deallocate() }
}

@available(*, unavailable)
extension RowKindColumn: Sendable {}

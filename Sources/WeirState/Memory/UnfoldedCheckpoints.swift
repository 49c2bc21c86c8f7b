/// What a table must keep for the checkpoints that are not folded: a set of tags, 0 to 7.
///
/// Entries that an unfolded checkpoint took last can be read in memory only, and stay there. Of
/// those that were removed tombstones are kept, until its segments know nothing older of the keys.
@frozen
@usableFromInline
struct UnfoldedCheckpoints: Sendable {
    /// A bit for each checkpoint that is not folded yet.
    @usableFromInline var tags: UInt8 = 0
    /// A bit for each checkpoint whose tombstones must be kept; some of `tags`.
    @usableFromInline var needed: UInt8 = 0

    /// None: everything can be read below.
    @inlinable
    init() {}

    /// Whether the checkpoint that last took an entry is unfolded.
    @inlinable
    func holds(_ flags: UInt8) -> Bool { EntryFlags.tagBit(flags) & tags != 0 }

    /// Whether a tombstone must be kept for the checkpoint that last took it.
    @inlinable
    func needsTombstone(_ flags: UInt8) -> Bool { EntryFlags.tagBit(flags) & needed != 0 }

    /// A tag that no unfolded checkpoint has; nil if there are eight of them.
    @inlinable var free: UInt8? {
        tags == UInt8.max ? nil : UInt8((~tags).trailingZeroBitCount)
    }

    /// The tag of a checkpoint that is folded; any if there is none.
    @inlinable var folded: UInt8 {
        UInt8(truncatingIfNeeded: (~tags).trailingZeroBitCount & 7)
    }

    /// Adds a tag.
    @inlinable
    mutating func insert(_ tag: UInt8) {
        precondition(tag < 8, "tag \(tag)")
        tags |= 1 << tag
        needed |= 1 << tag
    }

    /// A checkpoint is folded: its tag is free again.
    @inlinable
    mutating func remove(_ tag: UInt8) {
        tags &= ~(1 << tag)
        needed &= ~(1 << tag)
    }

    /// No segment knows anything of the keys that were removed under a tag.
    @inlinable
    mutating func settle(_ tag: UInt8) { needed &= ~(1 << tag) }
}

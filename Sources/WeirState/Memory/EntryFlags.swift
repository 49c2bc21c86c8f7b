/// The byte of facts that each entry of a state table carries.
///
/// ```
/// bit 0, 1   dirty in an even, an odd epoch; at most one of them is set
/// bit 2      persisted: some checkpoint or the image may hold the key
/// bit 3      removed (a tombstone)
/// bit 4      used since the clock hand came by
/// bit 5-7    tag of the checkpoint that last took the entry
/// ```
/// The bit of the epoch that runs means dirty; that of the epoch before it means frozen: belongs to
/// the checkpoint at hand and is not serialised yet. So a barrier flips two masks and touches no
/// entry.
@usableFromInline
enum EntryFlags {
    @usableFromInline static let evenEpoch: UInt8 = 0b1
    @usableFromInline static let anyDirty: UInt8 = 0b11
    @usableFromInline static let persisted: UInt8 = 0b100
    @usableFromInline static let removed: UInt8 = 0b1000
    @usableFromInline static let used: UInt8 = 0b1_0000
    @usableFromInline static let tagShift: UInt8 = 5
    /// What serialising clears before it sets `persisted` and the tag of the checkpoint.
    static let replacedBySerialising: UInt8 = 0b1110_0011

    /// The flags after the checkpoint with this tag took the entry.
    static func serialised(_ flags: UInt8, tag: UInt8) -> UInt8 {
        (flags & ~replacedBySerialising) | persisted | (tag << tagShift)
    }

    /// A set with the one checkpoint that last took the entry.
    @inlinable
    static func tagBit(_ flags: UInt8) -> UInt8 { 1 << (flags >> tagShift) }
}

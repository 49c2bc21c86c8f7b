/// What the hot path reads of a `FlatTable`.
///
/// It lies in raw memory behind a constant pointer: stored properties of a class that inlined code
/// of another module reads would pay an exclusivity check each.
@frozen
@usableFromInline
struct FlatCore {
    // SAFETY: all addresses are of memory that the table of this core owns and frees last.

    @usableFromInline var groups: UnsafeMutablePointer<FlatGroup>
    @usableFromInline var segments: UnsafeMutablePointer<FlatSegment>
    @usableFromInline let lowerGroup: UInt64
    @usableFromInline let groupCount: UInt64
    @usableFromInline let maxParallelism: UInt64
    @usableFromInline let keyWidth: Int
    @usableFromInline let entryWidth: Int
    @usableFromInline let bucketBytes: Int
    /// What is known of the keys of the batch in work.
    @usableFromInline let homes: UnsafeMutablePointer<FlatHome>
    /// Grows whenever a segment gets other buckets, so that addresses of old ones are known as such.
    @usableFromInline var layoutVersion = 0
    /// The flag of entries dirtied in the running epoch.
    @usableFromInline var dirtyFlag: UInt8 = EntryFlags.evenEpoch
    /// Entries and tombstones that are dirty in the running epoch.
    @usableFromInline var dirtyCount = 0
    /// Entries and tombstones that the checkpoint at hand has not serialised yet.
    @usableFromInline var frozenCount = 0
    /// Keys that have a value.
    @usableFromInline var liveCount = 0
    /// Keys that are removed.
    @usableFromInline var tombstoneCount = 0
    /// Key groups that are not resident.
    @usableFromInline var absentGroupCount = 0

    /// The flag of frozen entries.
    @inlinable
    @inline(__always)
    var frozenFlag: UInt8 { dirtyFlag ^ EntryFlags.anyDirty }
}

/// The sub-table of one key group: a directory of segments, indexed by the top bits of the key's
/// place in the group, after extendible hashing (Fagin et al., TODS 1979).
@frozen
@usableFromInline
struct FlatGroup {
    @usableFromInline var directory: UnsafeMutablePointer<FlatDirectoryEntry>
    /// 32 less the number of bits that index the directory.
    @usableFromInline var shift: UInt8
    /// Whether a key that is not found is known to have no value.
    @usableFromInline var isResident: Bool
    /// At least so many entries will be in it, so far as is known.
    var expectedCount: UInt32 = 0

    init(directory: UnsafeMutablePointer<FlatDirectoryEntry>) {
        self.directory = directory
        shift = 32
        isResident = true
    }
}

/// What a search needs to know of a segment, twice for a segment that two entries share.
@frozen
@usableFromInline
struct FlatDirectoryEntry {
    @usableFromInline var buckets: UnsafeMutableRawPointer
    @usableFromInline var bucketMask: UInt32
    /// Index of the segment; `FlatSegment.none` before the first entry of the group.
    @usableFromInline var segment: UInt32
}

/// A run of `1 << order` buckets that grows, splits and shrinks on its own.
@frozen
@usableFromInline
struct FlatSegment {
    /// Stands for the segment of a group without entries.
    @usableFromInline static let none = UInt32.max

    @usableFromInline var buckets: UnsafeMutableRawPointer
    /// The allocator's chunk that the buckets are of.
    @usableFromInline var chunk: Int
    /// Counted from the table's first group.
    @usableFromInline var group: UInt32
    /// The top `depth` bits that the places of all its keys share.
    @usableFromInline var prefix: UInt32
    @usableFromInline var depth: UInt8
    @usableFromInline var order: UInt8
    /// Slots in use, tombstones included.
    @usableFromInline var count: UInt32 = 0
    /// More slots than this are not used: the segment grows or splits before.
    @usableFromInline var limit: UInt32
    /// Entries with the flag of the even epoch.
    @usableFromInline var evenDirty: UInt32 = 0
    /// Entries with the flag of the odd epoch.
    @usableFromInline var oddDirty: UInt32 = 0
    /// Tombstones that no running checkpoint needs; they go when it is folded.
    @usableFromInline var cleanTombstones: UInt32 = 0

    @inlinable
    @inline(__always)
    mutating func addDirty(_ flag: UInt8, _ change: Int) {
        let change = UInt32(truncatingIfNeeded: change)
        if flag == EntryFlags.evenEpoch { evenDirty &+= change } else { oddDirty &+= change }
    }

    func dirtyCount(_ flag: UInt8) -> UInt32 {
        flag == EntryFlags.evenEpoch ? evenDirty : oddDirty
    }
}

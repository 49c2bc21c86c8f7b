import CWeirIntrinsics
import WeirCore
import WeirSnapshot

/// What a `FlatTable` keeps for each key.
@frozen
public enum FlatValueKind: Sendable, Equatable {
    /// This many bytes, a multiple of eight from 0 to 256, which the caller reads and writes in
    /// place.
    case fixed(Int)
    /// Any number of bytes, set and read as a whole.
    case bytes

    /// Bytes of the slot.
    var width: Int {
        switch self {
        case .fixed(let width): width
        case .bytes: ByteView.width
        }
    }
}

/// One keyed state's entries in raw memory: the hash tier's table.
///
/// A sub-table per key group, made when its first key comes, in segments of at most `segmentOrder`
/// buckets that grow and split on their own: no operation rehashes more than one segment (about
/// 12 000 entries). Entries know whether they are dirty, frozen, persisted or removed, so that
/// `beginEpoch` costs O(1), a checkpoint is serialised in slices between other work, and what is
/// clean and folded can be evicted. Belongs to its task's thread.
///
/// ```
/// hash:  high 32 bits × maxParallelism = [key group | place in the group]
///        place's top bits → directory → segment;  low 32 bits = [.. home bucket | 7 bits of tag]
/// ```
public final class FlatTable {
    /// Buckets of the largest segment, as a power of two: 14 336 slots, 256 KiB at 8-byte keys and
    /// values.
    static let segmentOrder = 11
    /// A group's directory has at most 2^16 entries; past it segments grow larger instead.
    static let deepestSplit = 16

    // SAFETY: allocated in `init`, freed in `deinit`, and used by the owner's thread only.
    @usableFromInline let core: UnsafeMutablePointer<FlatCore>
    let blocks: BlockAllocator
    let payloads: PayloadAllocator
    /// What a search sees in a group without entries: one bucket, all free.
    let emptyBucket: UnsafeMutableRawPointer

    /// The number of the state in snapshots.
    public let state: UInt16
    /// The kind of its keys.
    public let keyKind: FlatKeyKind
    /// The kind of its values.
    public let valueKind: FlatValueKind
    /// The key groups that it may hold.
    public let keyGroups: KeyGroupRange
    /// Bytes at the end of each key that do not decide about its key group: 0, or 8 for window panes.
    ///
    /// The hash of such a key is `KeyHash.hash(_:namespace:)`.
    public let namespaceBytes: Int

    /// Whether a bucket's entries can go to a snapshot as a run.
    let hasShortRuns: Bool
    var segmentCount = 0
    var segmentCapacity = 0
    /// Takes the frozen entries of the checkpoint at hand.
    var builder: SegmentBuilder?
    /// The tag of the checkpoint at hand.
    var tag: UInt8 = 0
    /// The checkpoints whose entries can be read in memory only.
    var unfolded = UnfoldedCheckpoints()
    /// The segment where serialising goes on.
    var serialiseSegment = 0
    /// The bucket where serialising goes on.
    var serialiseBucket = 0
    /// The segment where the clock hand of eviction stands.
    var clockSegment = 0

    /// An empty table, all of whose key groups are resident.
    public init(
        state: UInt16,
        keys: FlatKeyKind,
        values: FlatValueKind,
        keyGroups: KeyGroupRange,
        maxParallelism: Int,
        memory: TaskMemory,
        namespaceBytes: Int = 0
    ) {
        precondition(namespaceBytes == 0 || namespaceBytes == 8, "\(namespaceBytes) bytes")
        self.namespaceBytes = namespaceBytes
        precondition(
            values.width % 8 == 0 && values.width <= 256,
            "values of \(values.width) bytes"
        )
        precondition(keyGroups.upper <= maxParallelism, "\(keyGroups) of \(maxParallelism)")
        self.state = state
        keyKind = keys
        valueKind = values
        self.keyGroups = keyGroups
        hasShortRuns =
            keys != .bytes && values != .bytes && values.width < SegmentBuilder.longestRunField
        let entryWidth = keys.rawValue + values.width
        let bucketBytes = FlatBucket.headerBytes + FlatBucket.slotCount * entryWidth
        blocks = BlockAllocator(unitBytes: bucketBytes, memory: memory)
        payloads = PayloadAllocator(memory: memory)
        emptyBucket = .allocate(byteCount: bucketBytes, alignment: 64)
        emptyBucket.initializeMemory(as: UInt8.self, repeating: 0, count: bucketBytes)
        core = .allocate(capacity: 1)
        core.initialize(
            to: FlatCore(
                groups: .allocate(capacity: max(keyGroups.count, 1)),
                segments: .allocate(capacity: 1),
                lowerGroup: UInt64(keyGroups.lower),
                groupCount: UInt64(keyGroups.count),
                maxParallelism: UInt64(maxParallelism),
                keyWidth: keys.rawValue,
                entryWidth: entryWidth,
                bucketBytes: bucketBytes,
                homes: .allocate(capacity: FlatHome.capacity)
            )
        )
        for group in 0..<keyGroups.count {
            let directory = UnsafeMutablePointer<FlatDirectoryEntry>.allocate(capacity: 1)
            directory.initialize(
                to: FlatDirectoryEntry(
                    buckets: emptyBucket,
                    bucketMask: 0,
                    segment: FlatSegment.none
                )
            )
            (core.pointee.groups + group).initialize(
                to: FlatGroup(directory: directory)
            )
        }
    }

    deinit {
        releasePayloads()
        for group in 0..<keyGroups.count { core.pointee.groups[group].directory.deallocate() }
        core.pointee.groups.deallocate()
        core.pointee.segments.deallocate()
        core.pointee.homes.deallocate()
        core.deallocate()
        emptyBucket.deallocate()
    }

    /// How many keys have a value.
    public var count: Int { core.pointee.liveCount }

    /// How many keys are kept as removed, until a folded checkpoint knows it.
    public var tombstoneCount: Int { core.pointee.tombstoneCount }

    /// How many entries and tombstones changed since the last barrier.
    public var dirtyCount: Int { core.pointee.dirtyCount }

    /// How many entries and tombstones the checkpoint at hand still has to serialise.
    public var frozenCount: Int { core.pointee.frozenCount }

    /// Bytes of its segments and payloads.
    public var liveBytes: Int { blocks.liveBytes + payloads.liveBytes }
}

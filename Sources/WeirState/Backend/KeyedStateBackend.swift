import WeirCore
import WeirSnapshot

/// The keyed state of one operator subtask: its tables in memory, and the image behind them.
///
/// Belongs to its task's thread; what blocks goes through `background`. Call order: `init`, which
/// restores; the states' registration; `settle`; then, between the steps of the task, `maintain`
/// and the calls of checkpoints:
/// ```
/// freeze → serialiseSlice until true → takeUpload → KeyedStateUpload.run on an I/O thread
///        → uploadFinished → checkpointCompleted | checkpointAborted
/// ```
/// What a checkpoint adds is a *segment*: the entries that changed in its epoch. Completed ones are
/// folded into the image in the background; the others go into every later checkpoint again.
public final class KeyedStateBackend {
    /// Runs work on an I/O thread, then the completion on the task's thread, unless the task has
    /// ended by then.
    public typealias Background = (
        _ work: @escaping @Sendable () throws(WeirError) -> Void,
        _ completion: @escaping (WeirError?) throws(WeirError) -> Void
    ) -> Void

    /// Where it runs.
    public let place: KeyedStatePlace
    /// The key groups that it owns.
    public let keyGroups: KeyGroupRange
    /// Counts the bytes of the tables; past its limit entries are evicted.
    public let memory: TaskMemory
    /// What folding and compaction of the image may drop.
    public let timeToLive = ImageTimeToLive()
    /// The newest checkpoint known to be complete: where a rollback goes.
    public internal(set) var completed: CheckpointID

    /// The checkpoint of the last barrier.
    var lastBarrier: CheckpointID
    let images: any ImageFactory
    let cancellation: Cancellation
    let background: Background
    let scratch: ScratchSpace
    var registry: StateRegistry
    var tables: [(id: UInt16, table: any StateTable)] = []
    var ledger = SegmentLedger()
    var below: LayeredImage
    var base: CapturedBase?
    var epoch: FrozenEpoch?
    var upload: KeyedStateUpload?
    var contributions: [CheckpointID: KeyedStateSnapshot] = [:]
    var fold = FoldProgress()
    var spill = SpillProgress()
    var loading = LoadProgress()
    /// What restored segments hold and the tables do not yet.
    var pending: PendingSegments?
    /// What was chosen.
    let policy: KeyedStatePolicy
    /// The searches for expired entries, one a state with a time to live.
    var sweeps: [ExpirySweep] = []
    /// The clocks at the barriers of checkpoints that are not complete yet.
    var clocks: [CheckpointID: StateClock] = [:]
    /// Entries that were removed from memory because they had expired.
    public internal(set) var expiredEntryCount = 0
    /// Grows when entries of the tables become readable below: what was read before is old.
    var belowGeneration = 0

    /// Opens the state of a subtask; reads files, so it blocks.
    ///
    /// - Parameters:
    ///   - place: Where it runs.
    ///   - files: The disk of the scratch directory.
    ///   - images: Opens images.
    ///   - memory: Counts the tables' bytes; its limit is this operator's share.
    ///   - background: Runs what blocks.
    ///   - cancellation: Ends folds and copies early.
    ///   - restored: What a snapshot holds of the operator; nil: a fresh start.
    ///   - dropped: States that may be given up if they are not what they were.
    ///   - policy: What can be chosen.
    /// - Throws: `corruptSnapshot`, `missingSnapshotFile`, `imageFailed`, and errors of files.
    public init(
        place: KeyedStatePlace,
        files: any FileSystem,
        images: any ImageFactory,
        memory: TaskMemory,
        background: @escaping Background,
        cancellation: Cancellation = Cancellation(),
        restored: RestoredKeyedState?,
        dropping dropped: Set<String> = [],
        policy: KeyedStatePolicy = KeyedStatePolicy()
    ) throws(WeirError) {
        self.place = place
        self.policy = policy
        keyGroups = place.keyGroups
        self.memory = memory
        self.images = images.cancellable(by: cancellation)
        self.cancellation = cancellation
        self.background = background
        scratch = try ScratchSpace(place, files: files)
        registry = StateRegistry(restored: restored?.schemas ?? [], dropped: dropped)
        completed = restored?.checkpoint ?? .none
        lastBarrier = completed
        let opened = try StateRestorer(
            place: place,
            scratch: scratch,
            images: self.images,
            timeToLive: timeToLive
        ).open(restored)
        below = LayeredImage(image: opened.image)
        base = opened.base
        try adopt(opened.segments)
        try awaitSegments()
    }

    deinit { dropPending() }

    // MARK: States

    /// Gives a state its number and a table, and fills it with what restored segments hold.
    ///
    /// - Parameters:
    ///   - descriptor: The state.
    ///   - make: Makes the table for a number.
    /// - Returns: The table.
    /// - Throws: `ambiguousName`, `incompatibleState`, `corruptSnapshot`.
    func register<Table: StateTable>(
        _ descriptor: StateDescriptor,
        _ make: (UInt16) -> Table
    ) throws(WeirError) -> Table {
        precondition(epoch == nil, "states are registered before the first checkpoint")
        let id = try registry.register(descriptor, operatorName: place.operatorName)
        if let lifetime = descriptor.timeToLive {
            timeToLive.add(state: id, lifetime.domain)
            sweeps.append(ExpirySweep(state: id, timeToLive: lifetime))
        }
        let table = make(id)
        tables.append((id, table))
        if isBelowInUse { table.removeAll(areResident: false) }
        try fill(table, state: id)
        return table
    }

    /// Refuses state of the snapshot that nothing has registered, unless it is to be dropped.
    ///
    /// - Throws: `unmatchedState`.
    public func settle(dropping dropped: Set<String>) throws(WeirError) {
        try registry.settle(dropping: dropped, operatorName: place.operatorName)
        foldIfUseful()
    }

    /// Whether the image or a spill layer holds anything.
    var isBelowInUse: Bool { base != nil || !below.layers.isEmpty }

    /// Entries and pages that walks over sorted states have looked at, removed ones included.
    public var visitedEntryCount: Int { tables.reduce(0) { $0 + $1.table.visitedCount } }

    // MARK: Between steps

    /// Does a slice of what is due: serialising, eviction, removing what has expired, loading.
    ///
    /// - Parameters:
    ///   - clock: The operator's clocks, by which entries expire; nil: nothing expires now.
    ///   - isOver: Asked every some 10 µs to 100 µs of work.
    /// - Returns: Whether more is due at once.
    /// - Throws: `imageFailed`, `diskFull`.
    public func maintain(
        at clock: StateClock? = nil,
        until isOver: () -> Bool
    ) throws(WeirError) -> Bool {
        guard try serialiseSlice(until: isOver) else { return true }
        try relieveMemory(until: isOver)
        if isOver() { return true }
        for (_, table) in tables where !table.dropTombstones(until: isOver) { return true }
        let isExpiring = clock.map { removeExpired($0) } ?? false
        if pending != nil { return try loadPending(until: isOver) || isExpiring }
        return try load(until: isOver) || isExpiring
    }
}

@available(*, unavailable)
extension KeyedStateBackend: Sendable {}

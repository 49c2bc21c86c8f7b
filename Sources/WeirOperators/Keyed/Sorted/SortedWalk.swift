import WeirData

/// A walk over entries of a sorted state, read in batches, so that any number of entries takes
/// bounded memory.
///
/// Between two entries the state may change: what is written behind the walk's batch is met.
struct SortedWalk {
    /// An entry as it was when its batch was read.
    typealias Entry = (key: [UInt8], value: [UInt8])

    private let state: SortedState
    /// The key group of the key whose entries are met.
    let keyGroup: UInt16
    /// What all keys of the walk begin with.
    let prefix: [UInt8]
    /// The last key that may be met; nil: all that begin with the prefix.
    private let last: [UInt8]?
    /// Where the next batch begins; nil: there is none.
    private var position: [UInt8]?
    private var batch: [Entry] = []
    private var taken = 0
    private var limit: Int

    /// The most entries that are read together.
    static let mostEntries = 64

    /// A walk from `first` to `last`, both included; over nothing without a first.
    init(
        _ state: SortedState,
        _ keyGroup: UInt16,
        prefix: [UInt8],
        from first: [UInt8]?,
        through last: [UInt8]?,
        firstBatch: Int = 4
    ) {
        self.state = state
        self.keyGroup = keyGroup
        self.prefix = prefix
        self.last = last
        position = first
        limit = firstBatch
    }

    /// The next entry; nil at the end.
    mutating func next() -> Entry? {
        if taken == batch.count { readBatch() }
        guard taken < batch.count else { return nil }
        defer { taken += 1 }
        return batch[taken]
    }

    private mutating func readBatch() {
        taken = 0
        batch = []
        guard let start = position else { return }
        let last = last
        batch = state.entries(keyGroup, prefix: prefix, from: start, limit: limit) { key in
            last.map { !$0.lexicographicallyPrecedes(key) } ?? true
        }
        // The least key behind the last one.
        position = batch.count < limit ? nil : batch.last.map { $0.key + [0] }
        limit = min(limit * 4, SortedWalk.mostEntries)
    }
}

import CRocksDB
import WeirCore

/// Walks a range of keys in order, as the database was when the iterator was made.
///
/// One thread at a time. It keeps its database open.
public final class DatabaseIterator {
    // SAFETY: the handles are made in `init` and destroyed once, in `deinit`; bounds are copies
    // that live as long as the options which point to them, and the database is kept open.
    private let handle: OpaquePointer
    private let options: OpaquePointer
    private let lower: UnsafeMutableRawBufferPointer
    private let upper: UnsafeMutableRawBufferPointer
    private let database: Database

    /// Makes an iterator over keys from `lower` up to, not including, `upper`; it stands nowhere
    /// until the first seek.
    ///
    /// - Parameters:
    ///   - database: The database.
    ///   - lower: The first key, copied; empty: from the start.
    ///   - upper: The end, copied; nil: to the end.
    ///   - fillsCache: Whether blocks read stay in the cache.
    public init(
        _ database: Database,
        from lower: UnsafeRawBufferPointer = .init(start: nil, count: 0),
        to upper: UnsafeRawBufferPointer? = nil,
        fillsCache: Bool = true
    ) {
        self.database = database
        // RocksDB keeps the addresses of the bounds, so they are copied and freed in `deinit`.
        self.lower = .allocate(byteCount: lower.count, alignment: 1)
        self.lower.copyMemory(from: lower)
        self.upper = .allocate(byteCount: upper?.count ?? 0, alignment: 1)
        if let upper { self.upper.copyMemory(from: upper) }
        options = rocksdb_readoptions_create()
        rocksdb_readoptions_set_fill_cache(options, fillsCache ? 1 : 0)
        if !lower.isEmpty {
            rocksdb_readoptions_set_iterate_lower_bound(
                options,
                UnsafeRawBufferPointer(self.lower).characters,
                lower.count
            )
        }
        if upper != nil {
            rocksdb_readoptions_set_iterate_upper_bound(
                options,
                UnsafeRawBufferPointer(self.upper).characters,
                self.upper.count
            )
        }
        handle = rocksdb_create_iterator(database.handle, options)
    }

    deinit {
        rocksdb_iter_destroy(handle)
        rocksdb_readoptions_destroy(options)
        lower.deallocate()
        upper.deallocate()
    }

    /// Whether it stands on an entry.
    public var isValid: Bool { rocksdb_iter_valid(handle) != 0 }

    /// Goes to the first entry of the range.
    public func seekToFirst() { rocksdb_iter_seek_to_first(handle) }

    /// Goes to the last entry of the range.
    public func seekToLast() { rocksdb_iter_seek_to_last(handle) }

    /// Goes to the first entry at or after a key.
    public func seek(_ key: UnsafeRawBufferPointer) {
        rocksdb_iter_seek(handle, key.characters, key.count)
    }

    /// Goes to the last entry at or before a key.
    public func seekBackward(_ key: UnsafeRawBufferPointer) {
        rocksdb_iter_seek_for_prev(handle, key.characters, key.count)
    }

    /// Goes to the next entry.
    ///
    /// It must be valid.
    public func next() { rocksdb_iter_next(handle) }

    /// Goes to the previous entry.
    ///
    /// It must be valid.
    public func previous() { rocksdb_iter_prev(handle) }

    /// Calls `body` with the key and the value, which live until it returns.
    ///
    /// It must be valid.
    public func withEntry<Result>(
        _ body: (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Result
    ) -> Result {
        var keyCount = 0
        var valueCount = 0
        let key = rocksdb_iter_key(handle, &keyCount)
        let value = rocksdb_iter_value(handle, &valueCount)
        return body(
            UnsafeRawBufferPointer(start: key, count: keyCount),
            UnsafeRawBufferPointer(start: value, count: valueCount)
        )
    }

    /// Throws what ended the walk, if it was not the end of the range.
    ///
    /// - Throws: `imageFailed`.
    public func checkStatus() throws(WeirError) {
        try StatusCheck.run("iterate") { rocksdb_iter_get_error(handle, $0) }
    }
}

import CRocksDB

// SAFETY: the handle is immutable and RocksDB's cache takes its own locks.
/// A least-recently-used cache of blocks, shared by the databases of a process.
///
/// Any thread may call it.
public final class Cache: @unchecked Sendable {
    let handle: OpaquePointer

    /// Makes a cache of `capacity` bytes.
    ///
    /// It has few shards: a shard smaller than a filter block evicts the block as it is read, and
    /// reads of large tables then never end (measured with 10 M keys and a 64 MB cache).
    public init(capacity: Int) {
        let options = rocksdb_lru_cache_options_create()
        rocksdb_lru_cache_options_set_capacity(options, capacity)
        rocksdb_lru_cache_options_set_num_shard_bits(options, 1)
        handle = rocksdb_cache_create_lru_opts(options)
        rocksdb_lru_cache_options_destroy(options)
    }

    deinit { rocksdb_cache_destroy(handle) }

    /// Changes the limit; blocks are evicted to reach it.
    public func setCapacity(_ bytes: Int) { rocksdb_cache_set_capacity(handle, bytes) }

    /// Bytes held now.
    public var usage: Int { rocksdb_cache_get_usage(handle) }

    /// Bytes held that are in use and cannot be evicted.
    public var pinnedUsage: Int { rocksdb_cache_get_pinned_usage(handle) }
}

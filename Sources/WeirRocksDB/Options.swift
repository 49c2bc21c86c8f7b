import CRocksDB

// SAFETY: the handle is not changed after `init`; RocksDB copies what it needs when it opens.
/// How a database lays out and reads its files.
///
/// Write-ahead log, statistics dumps and compressed caches are not offered: the databases made here
/// are filled by ingestion and can be rebuilt.
public final class Options: @unchecked Sendable {
    /// How blocks are compressed.
    public enum Compression: Int32, Sendable {
        /// Not at all: cheapest to write and to read.
        case none = 0
        /// LZ4.
        case lz4 = 4
    }

    /// The values from which options are made.
    public struct Settings: Sendable {
        /// The shared cache of blocks, indexes and filters.
        public var blockCache: Cache?
        /// How blocks are compressed.
        public var compression = Compression.none
        /// Bits per key of the Bloom filters; 0: no filters.
        public var bloomBitsPerKey = 10.0
        /// Bytes of a data block before compression.
        public var blockBytes = 4096
        /// Bytes of the table in memory before it is flushed.
        public var writeBufferBytes = 4 << 20
        /// Bytes of a table file at which compaction begins the next.
        public var tableFileBytes = 32 << 20
        /// Files of level 0 at which they are compacted.
        public var levelZeroTrigger = 4
        /// How many files are kept open; -1: all.
        public var openFileLimit = 256
        /// Whether compaction runs by itself.
        public var compactsAutomatically = true
        /// The rule by which compaction drops entries.
        public var compactionFilter: CompactionFilter?

        /// The values above.
        public init() {}
    }

    let handle: OpaquePointer
    private let settings: Settings

    /// Makes options.
    public init(_ settings: Settings) {
        self.settings = settings
        handle = rocksdb_options_create()
        rocksdb_options_set_create_if_missing(handle, 1)
        rocksdb_options_set_compression(handle, settings.compression.rawValue)
        rocksdb_options_set_write_buffer_size(handle, settings.writeBufferBytes)
        rocksdb_options_set_max_write_buffer_number(handle, 2)
        rocksdb_options_set_target_file_size_base(handle, UInt64(settings.tableFileBytes))
        rocksdb_options_set_max_bytes_for_level_base(handle, UInt64(settings.tableFileBytes) * 8)
        rocksdb_options_set_level_compaction_dynamic_level_bytes(handle, 1)
        rocksdb_options_set_level0_file_num_compaction_trigger(
            handle,
            Int32(settings.levelZeroTrigger)
        )
        // Ingestion is not throttled by these, but flushes of range deletions are.
        rocksdb_options_set_level0_slowdown_writes_trigger(handle, 64)
        rocksdb_options_set_level0_stop_writes_trigger(handle, 128)
        rocksdb_options_set_max_open_files(handle, Int32(settings.openFileLimit))
        rocksdb_options_set_max_background_jobs(handle, 2)
        rocksdb_options_set_disable_auto_compactions(
            handle,
            settings.compactsAutomatically ? 0 : 1
        )
        rocksdb_options_set_stats_dump_period_sec(handle, 0)
        rocksdb_options_set_keep_log_file_num(handle, 1)
        // Each copy of the database has a copy of it; RocksDB begins a new one only at a gigabyte.
        rocksdb_options_set_max_manifest_file_size(handle, 4 << 20)
        rocksdb_options_set_info_log_level(handle, 3)
        rocksdb_options_set_skip_stats_update_on_db_open(handle, 1)
        rocksdb_options_set_allow_concurrent_memtable_write(handle, 0)
        if let filter = settings.compactionFilter {
            rocksdb_options_set_compaction_filter(handle, filter.handle)
        }
        setTableFormat(settings)
    }

    deinit { rocksdb_options_destroy(handle) }

    private func setTableFormat(_ settings: Settings) {
        let table = rocksdb_block_based_options_create()
        rocksdb_block_based_options_set_format_version(table, 5)
        rocksdb_block_based_options_set_block_size(table, settings.blockBytes)
        rocksdb_block_based_options_set_data_block_index_type(
            table,
            Int32(rocksdb_block_based_table_data_block_index_type_binary_search_and_hash)
        )
        if settings.bloomBitsPerKey > 0 {
            rocksdb_block_based_options_set_filter_policy(
                table,
                rocksdb_filterpolicy_create_bloom_full(settings.bloomBitsPerKey)
            )
        }
        if let cache = settings.blockCache {
            rocksdb_block_based_options_set_block_cache(table, cache.handle)
            // Indexes and filters count against the cache's limit. They are partitioned, since a
            // whole filter of a large file would not fit a shard and be read again for every get.
            rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1)
            rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(
                table,
                1
            )
            rocksdb_block_based_options_set_index_type(
                table,
                Int32(rocksdb_block_based_table_index_type_two_level_index_search)
            )
            rocksdb_block_based_options_set_partition_filters(table, 1)
            rocksdb_block_based_options_set_metadata_block_size(table, 4096)
            rocksdb_block_based_options_set_pin_top_level_index_and_filter(table, 1)
        }
        rocksdb_options_set_block_based_table_factory(handle, table)
        rocksdb_block_based_options_destroy(table)
    }
}

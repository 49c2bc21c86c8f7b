import CRocksDB

// SAFETY: the handle is not changed after `init`.
/// How a read goes through cache and checksums.
public final class ReadOptions: @unchecked Sendable {
    let handle: OpaquePointer

    /// Makes options.
    ///
    /// - Parameters:
    ///   - verifiesChecksums: Whether blocks read from disk are checked.
    ///   - fillsCache: Whether blocks read stay in the cache; false for one scan of everything.
    ///   - readaheadBytes: How far a scan reads ahead; 0 leaves it to RocksDB.
    public init(
        verifiesChecksums: Bool = true,
        fillsCache: Bool = true,
        readaheadBytes: Int = 0
    ) {
        handle = rocksdb_readoptions_create()
        rocksdb_readoptions_set_verify_checksums(handle, verifiesChecksums ? 1 : 0)
        rocksdb_readoptions_set_fill_cache(handle, fillsCache ? 1 : 0)
        if readaheadBytes > 0 {
            rocksdb_readoptions_set_readahead_size(handle, readaheadBytes)
        }
    }

    deinit { rocksdb_readoptions_destroy(handle) }
}

import CRocksDB

/// Changes that are applied together.
///
/// One thread at a time.
public final class WriteBatch {
    // SAFETY: made in `init`, destroyed once in `deinit`, used by one thread at a time.
    let handle: OpaquePointer

    /// Makes an empty batch.
    public init() { handle = rocksdb_writebatch_create() }

    deinit { rocksdb_writebatch_destroy(handle) }

    /// How many changes it holds.
    public var count: Int { Int(rocksdb_writebatch_count(handle)) }

    /// Sets a key; both are copied.
    public func put(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        rocksdb_writebatch_put(
            handle,
            key.characters,
            key.count,
            value.characters,
            value.count
        )
    }

    /// Deletes a key.
    public func delete(_ key: UnsafeRawBufferPointer) {
        rocksdb_writebatch_delete(handle, key.characters, key.count)
    }

    /// Deletes every key from `lower` up to, not including, `upper`.
    public func deleteRange(_ lower: UnsafeRawBufferPointer, _ upper: UnsafeRawBufferPointer) {
        rocksdb_writebatch_delete_range(
            handle,
            lower.characters,
            lower.count,
            upper.characters,
            upper.count
        )
    }

    /// Empties it.
    public func removeAll() { rocksdb_writebatch_clear(handle) }
}

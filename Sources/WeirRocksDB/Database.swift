import CRocksDB
import WeirCore

// SAFETY: RocksDB's handle is thread-safe, and the stored properties are not changed after `init`.
/// An open database in a directory of its own.
///
/// Any thread may call it, several at a time. It is closed when the last reference goes; iterators
/// hold one.
public final class Database: @unchecked Sendable {
    /// Its directory.
    public let path: String
    /// The options it was opened with.
    public let options: Options
    let handle: OpaquePointer
    private let family: OpaquePointer
    private let writeOptions: OpaquePointer

    /// Opens the database in a directory, or makes it.
    ///
    /// - Throws: `imageFailed`, of kind `corruption` if its files are not what was written.
    public init(path: String, options: Options) throws(WeirError) {
        self.path = path
        self.options = options
        var family: OpaquePointer?
        let handle = try StatusCheck.run("open \(path)") { failure in
            "default".withCString { name in
                var names: UnsafePointer<CChar>? = name
                var familyOptions: OpaquePointer? = options.handle
                return rocksdb_open_column_families(
                    options.handle,
                    path,
                    1,
                    &names,
                    &familyOptions,
                    &family,
                    failure
                )
            }
        }
        guard let handle, let family else {
            throw WeirError(.imageFailed, "RocksDB could not open \(path).")
        }
        self.handle = handle
        self.family = family
        // What is here was ingested or can be written again: no write-ahead log.
        writeOptions = rocksdb_writeoptions_create()
        rocksdb_writeoptions_disable_WAL(writeOptions, 1)
    }

    deinit {
        rocksdb_writeoptions_destroy(writeOptions)
        rocksdb_cancel_all_background_work(handle, 1)
        rocksdb_column_family_handle_destroy(family)
        rocksdb_close(handle)
    }

    // MARK: Reading

    /// Calls `body` with the value of a key, which lives until it returns; nil if there is none.
    public func withValue<Result>(
        of key: UnsafeRawBufferPointer,
        _ options: ReadOptions,
        _ body: (UnsafeRawBufferPointer?) -> Result
    ) throws(WeirError) -> Result {
        let slice = try StatusCheck.run("read a key") {
            rocksdb_get_pinned(handle, options.handle, key.characters, key.count, $0)
        }
        guard let slice else { return body(nil) }
        defer { rocksdb_pinnableslice_destroy(slice) }
        var count = 0
        let value = rocksdb_pinnableslice_value(slice, &count)
        return body(UnsafeRawBufferPointer(start: value, count: count))
    }

    /// Calls `body` for each key of the batch, in its order, with the value or nil; the value lives
    /// until that call returns.
    ///
    /// - Parameters:
    ///   - batch: The keys.
    ///   - options: How to read.
    ///   - isSorted: Whether the keys ascend, which saves RocksDB a sort.
    ///   - body: Receives the key's index in the batch and its value.
    /// - Throws: `imageFailed`; then `body` was called for some keys only.
    public func withValues(
        of batch: KeyBatch,
        _ options: ReadOptions,
        isSorted: Bool,
        _ body: (_ index: Int, _ value: UnsafeRawBufferPointer?) -> Void
    ) throws(WeirError) {
        rocksdb_batched_multi_get_cf(
            handle,
            options.handle,
            family,
            batch.count,
            batch.keys,
            batch.sizes,
            batch.values,
            batch.errors,
            isSorted
        )
        var failure: WeirError?
        for index in 0..<batch.count {
            if let text = batch.errors[index] {
                let error = StatusCheck.error("read a key", taking: text)
                failure = failure ?? error
                batch.errors[index] = nil
            }
            guard let slice = batch.values[index] else {
                if failure == nil { body(index, nil) }
                continue
            }
            var count = 0
            let value = rocksdb_pinnableslice_value(slice, &count)
            if failure == nil { body(index, UnsafeRawBufferPointer(start: value, count: count)) }
            rocksdb_pinnableslice_destroy(slice)
            batch.values[index] = nil
        }
        if let failure { throw failure }
    }

    // MARK: Writing

    /// Applies a batch, without a write-ahead log.
    public func write(_ batch: WriteBatch) throws(WeirError) {
        try StatusCheck.run("write") { rocksdb_write(handle, writeOptions, batch.handle, $0) }
    }

    /// Writes what is in memory to a table file, and waits.
    public func flush() throws(WeirError) {
        let options = rocksdb_flushoptions_create()
        defer { rocksdb_flushoptions_destroy(options) }
        rocksdb_flushoptions_set_wait(options, 1)
        try StatusCheck.run("flush") { rocksdb_flush(handle, options, $0) }
    }

    /// Takes in table files made by `SSTFileWriter`; together they appear at once, and they are
    /// newer than all that is there.
    ///
    /// They must not overlap each other.
    ///
    /// With `moves` the files are linked into the directory instead of copied, and their own names
    /// removed. RocksDB may write a sequence number into them: hash or link them only afterwards.
    public func ingest(_ paths: [String], moves: Bool) throws(WeirError) {
        guard !paths.isEmpty else { return }
        let options = rocksdb_ingestexternalfileoptions_create()
        defer { rocksdb_ingestexternalfileoptions_destroy(options) }
        rocksdb_ingestexternalfileoptions_set_move_files(options, moves ? 1 : 0)
        try StatusCheck.run("ingest \(paths.count) table files") { failure in
            withCStrings(paths) { names in
                rocksdb_ingest_external_file(handle, names, paths.count, options, failure)
            }
        }
    }

    /// Compacts the keys from `lower` up to `upper` (nil: no bound), and waits.
    public func compact(
        from lower: UnsafeRawBufferPointer? = nil,
        to upper: UnsafeRawBufferPointer? = nil
    ) {
        rocksdb_compact_range(
            handle,
            lower?.characters,
            lower?.count ?? 0,
            upper?.characters,
            upper?.count ?? 0
        )
    }
}

/// Calls `body` with an array of zero-terminated copies of the texts.
private func withCStrings<Result>(
    _ texts: [String],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
) -> Result {
    var bytes: [CChar] = []
    var starts: [Int] = []
    for text in texts {
        starts.append(bytes.count)
        bytes.append(contentsOf: text.utf8CString)
    }
    return bytes.withUnsafeBufferPointer { buffer in
        var pointers: [UnsafePointer<CChar>?] = []
        for start in starts { pointers.append(buffer.baseAddress?.advanced(by: start)) }
        return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}

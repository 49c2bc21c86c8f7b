import CRocksDB
import WeirCore

/// Writes one sorted table file that a database can ingest.
///
/// One thread at a time.
///
/// Keys must come in ascending order, each once.
public final class SSTFileWriter {
    /// Where the file is.
    public let path: String
    /// How many entries were added.
    public private(set) var count = 0
    // SAFETY: made in `init`, destroyed once in `deinit`, used by one thread at a time.
    private let handle: OpaquePointer
    private let environment: OpaquePointer
    private let options: Options

    /// Begins a file.
    ///
    /// - Throws: `imageFailed`, `diskFull`.
    public init(path: String, options: Options) throws(WeirError) {
        self.path = path
        self.options = options
        environment = rocksdb_envoptions_create()
        handle = rocksdb_sstfilewriter_create(environment, options.handle)
        let writer = handle
        try StatusCheck.run("make the table file \(path)") {
            rocksdb_sstfilewriter_open(writer, path, $0)
        }
    }

    deinit {
        rocksdb_sstfilewriter_destroy(handle)
        rocksdb_envoptions_destroy(environment)
    }

    /// Adds a key with its value.
    public func put(
        _ key: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer
    ) throws(WeirError) {
        count += 1
        try StatusCheck.run("write to \(path)") {
            rocksdb_sstfilewriter_put(
                handle,
                key.characters,
                key.count,
                value.characters,
                value.count,
                $0
            )
        }
    }

    /// Adds the deletion of a key.
    public func delete(_ key: UnsafeRawBufferPointer) throws(WeirError) {
        count += 1
        try StatusCheck.run("write to \(path)") {
            rocksdb_sstfilewriter_delete(handle, key.characters, key.count, $0)
        }
    }

    /// Bytes written so far.
    public var fileSize: Int {
        var size: UInt64 = 0
        rocksdb_sstfilewriter_file_size(handle, &size)
        return Int(size)
    }

    /// Ends the file.
    ///
    /// It must have an entry.
    public func finish() throws(WeirError) {
        try StatusCheck.run("finish \(path)") { rocksdb_sstfilewriter_finish(handle, $0) }
    }
}

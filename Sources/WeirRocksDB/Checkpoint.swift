import CRocksDB
import WeirCore

extension Database {
    /// Makes a directory that is this database as of now: table files by hard link, the rest copied.
    ///
    /// What is only in memory is flushed first, so it is cheap (some milliseconds) if all came by
    /// ingestion. Any thread; `path` must not exist and be on the same disk.
    public func makeCheckpoint(at path: String) throws(WeirError) {
        let checkpoint = try StatusCheck.run("begin the checkpoint \(path)") {
            rocksdb_checkpoint_object_create(handle, $0)
        }
        defer { rocksdb_checkpoint_object_destroy(checkpoint) }
        try StatusCheck.run("make the checkpoint \(path)") {
            rocksdb_checkpoint_create(checkpoint, path, 0, $0)
        }
    }
}

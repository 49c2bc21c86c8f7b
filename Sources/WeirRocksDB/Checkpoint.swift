import CRocksDB
import CWeirRocksDB
import WeirCore

extension Database {
    /// Makes a directory that is this database as of now: table files by hard link, the rest copied.
    ///
    /// What is only in memory is flushed first, so it is cheap (some milliseconds) if all came by
    /// ingestion. Any thread; `path` must not exist and be on the same disk.
    ///
    /// - Throws: `imageFailed`; then nothing is left of the directory.
    public func makeCheckpoint(at path: String) throws(WeirError) {
        // SAFETY: the handle is open as long as this object lives, and the function keeps nothing.
        guard let text = weir_rocksdb_checkpoint(UnsafeMutableRawPointer(handle), path) else {
            return
        }
        throw StatusCheck.error("make the checkpoint \(path)", taking: text)
    }
}

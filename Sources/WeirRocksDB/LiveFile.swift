import CRocksDB

/// A table file of a database.
public struct LiveFile: Sendable, Equatable {
    /// Its name inside the database's directory, such as `000012.sst`.
    public let name: String
    /// The level it is on.
    public let level: Int
    /// Its bytes.
    public let size: Int
    /// Its smallest key.
    public let smallestKey: [UInt8]
    /// Its largest key.
    public let largestKey: [UInt8]
    /// How many entries it has, deletions among them.
    public let entries: Int

    // SAFETY: `list` is alive during the call and `index` below its count; everything is copied
    // out.
    init(_ list: OpaquePointer, _ index: Int32) {
        let path = String(cString: rocksdb_livefiles_name(list, index))
        name = path.hasPrefix("/") ? String(path.dropFirst()) : path
        level = Int(rocksdb_livefiles_level(list, index))
        size = rocksdb_livefiles_size(list, index)
        var count = 0
        let smallest = rocksdb_livefiles_smallestkey(list, index, &count)
        smallestKey = [UInt8](UnsafeRawBufferPointer(start: smallest, count: count))
        let largest = rocksdb_livefiles_largestkey(list, index, &count)
        largestKey = [UInt8](UnsafeRawBufferPointer(start: largest, count: count))
        entries = Int(rocksdb_livefiles_entries(list, index))
    }
}

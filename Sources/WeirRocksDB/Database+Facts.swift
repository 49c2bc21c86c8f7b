import CRocksDB
import WeirCore

extension Database {
    /// The table files now, in RocksDB's order.
    public func liveFiles() -> [LiveFile] {
        guard let list = rocksdb_livefiles(handle) else { return [] }
        defer { rocksdb_livefiles_destroy(list) }
        return (0..<rocksdb_livefiles_count(list)).map { LiveFile(list, $0) }
    }

    /// About how many bytes on disk hold the keys from `lower` up to `upper`.
    public func approximateSize(
        from lower: UnsafeRawBufferPointer,
        to upper: UnsafeRawBufferPointer
    ) throws(WeirError) -> Int {
        var size: UInt64 = 0
        var starts = lower.characters
        var ends = upper.characters
        var startCount = lower.count
        var endCount = upper.count
        try StatusCheck.run("estimate a size") {
            rocksdb_approximate_sizes(
                handle,
                1,
                &starts,
                &startCount,
                &ends,
                &endCount,
                &size,
                $0
            )
        }
        return Int(size)
    }

    /// A property that is a number, such as `rocksdb.estimate-num-keys`; nil if unknown.
    public func property(_ name: String) -> Int? {
        var value: UInt64 = 0
        guard rocksdb_property_int(handle, name, &value) == 0 else { return nil }
        return Int(clamping: value)
    }
}

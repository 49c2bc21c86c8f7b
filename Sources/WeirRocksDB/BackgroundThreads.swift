import CRocksDB

/// The threads on which all databases of the process flush and compact.
public enum BackgroundThreads {
    /// Sets how many there are, and lowers their priority below that of the process's own threads.
    public static func configure(compaction: Int, flush: Int) {
        let environment = rocksdb_create_default_env()
        rocksdb_env_set_background_threads(environment, Int32(compaction))
        rocksdb_env_set_high_priority_background_threads(environment, Int32(flush))
        rocksdb_env_lower_thread_pool_cpu_priority(environment)
        rocksdb_env_lower_thread_pool_io_priority(environment)
        rocksdb_env_destroy(environment)
    }
}

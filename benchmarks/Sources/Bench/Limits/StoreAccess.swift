import CLimits
import Foundation

/// RocksDB through its C interface: a million 8-byte keys with 8-byte values, without a log.
struct StoreAccess: Limit {
    enum Access: String, Sendable {
        case put
        case get
        case update
    }

    let access: Access
    let unit = "K/s"
    var name: String { "rocksdb-\(access.rawValue)" }
    var summary: String {
        switch access {
        case .put: "put 1 M keys in random order, no log"
        case .get: "get uniform keys of 1 M, cached"
        case .update: "read, add one, write; uniform keys of 1 M"
        }
    }

    init(_ access: Access) { self.access = access }

    func measure(_ context: BenchmarkContext) throws -> [Double] {
        if access == .put {
            // A new database for each run; three show the spread, and each takes seconds.
            return try (0..<min(context.runs, 3)).map { run in
                try withStore(context.directory + "/store-\(run)", context.seed + UInt64(run)) {
                    _,
                    put in put.rate / 1e3
                }
            }
        }
        return try withStore(context.directory + "/store", context.seed) { store, _ in
            var seed = context.seed
            return try context.repeated {
                seed += 1
                return try accessOnce(store, seed: seed)
            }
        }
    }

    private let keyCount = 1_000_000
    private let accessCount = 200_000

    /// Opens a new database with all keys, and removes it afterwards.
    private func withStore<Value>(
        _ path: String,
        _ seed: UInt64,
        _ body: (OpaquePointer, limits_result) throws -> Value
    ) throws -> Value {
        var error: UnsafeMutablePointer<CChar>?
        guard let store = limits_store_open(path, 256 << 20, &error) else {
            throw failure(&error)
        }
        defer {
            limits_store_close(store)
            try? FileManager.default.removeItem(atPath: path)
        }
        let put = limits_store_put(store, shuffledKeys(keyCount, seed: seed), keyCount, &error)
        if error != nil { throw failure(&error) }
        return try body(store, put)
    }

    private func accessOnce(_ store: OpaquePointer, seed: UInt64) throws -> Double {
        var error: UnsafeMutablePointer<CChar>?
        var keys = [UInt64](repeating: 0, count: accessCount)
        limits_fill_keys(&keys, accessCount, UInt64(keyCount), seed)
        let result =
            access == .get
            ? limits_store_get(store, keys, accessCount, &error)
            : limits_store_update(store, keys, accessCount, &error)
        if error != nil { throw failure(&error) }
        guard result.check == UInt64(accessCount) else {
            throw BenchmarkFailure("RocksDB found \(result.check) of \(accessCount) keys.")
        }
        return result.rate / 1e3
    }

    private func shuffledKeys(_ count: Int, seed: UInt64) -> [UInt64] {
        var keys = (1...UInt64(count)).map { $0 }
        var choices = [UInt64](repeating: 0, count: count)
        limits_fill_keys(&choices, count, UInt64.max, seed)
        for index in stride(from: count - 1, to: 0, by: -1) {
            keys.swapAt(index, Int(choices[index] % UInt64(index + 1)))
        }
        return keys
    }

    private func failure(_ error: inout UnsafeMutablePointer<CChar>?) -> BenchmarkFailure {
        defer {
            free(error)
            error = nil
        }
        return BenchmarkFailure("RocksDB: " + (error.map { String(cString: $0) } ?? "unknown"))
    }
}

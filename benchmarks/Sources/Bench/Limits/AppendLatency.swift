import CLimits
import Foundation

/// How long it takes until 4 KB more are on the disk.
struct AppendLatency: Limit {
    let percentile: Int
    let unit = "µs"
    var name: String { "fdatasync-p\(percentile)" }
    var summary: String { "append 4 KB and wait for the disk, \(percentile)th percentile of 200" }

    func measure(_ context: BenchmarkContext) throws -> [Double] {
        let count = 200
        return try context.repeated {
            var each = [UInt64](repeating: 0, count: count)
            let code = limits_append_and_sync(
                context.directory + "/append",
                4096,
                UInt32(count),
                &each
            )
            guard code == 0 else {
                throw BenchmarkFailure("Appending to a file: \(String(cString: strerror(code))).")
            }
            return Double(each.sorted()[count * percentile / 100]) / 1e3
        }
    }
}

import CLimits
import Foundation

/// Bytes a second to and from the disk, in one sequential file.
struct FileBandwidth: Limit {
    enum Direction: String, Sendable {
        case write
        case read
    }

    let direction: Direction
    let unit = "GB/s"
    var name: String { "file-\(direction.rawValue)" }
    var summary: String {
        direction == .write
            ? "write 256 MB through the page cache and wait for the disk"
            : "read 256 MB past the page cache"
    }

    init(_ direction: Direction) { self.direction = direction }

    func measure(_ context: BenchmarkContext) throws -> [Double] {
        let path = context.directory + "/sequential"
        let bytes = 256 << 20
        if direction == .read { _ = try result { limits_write_file(path, bytes, &$0) } }
        return try context.repeated {
            switch direction {
            case .write: try result { limits_write_file(path, bytes, &$0) }.rate / 1e9
            case .read: try result { limits_read_file(path, &$0) }.rate / 1e9
            }
        }
    }

    private func result(_ call: (inout limits_result) -> Int32) throws -> limits_result {
        var result = limits_result()
        let code = call(&result)
        guard code == 0 else {
            throw BenchmarkFailure("A file of \(name): \(String(cString: strerror(code))).")
        }
        return result
    }
}

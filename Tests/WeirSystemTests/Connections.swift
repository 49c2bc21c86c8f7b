import WeirCore
import WeirSystem

extension RealWorld {
    /// Two ends of a connection.
    func pair() throws -> (any Connection, any Connection) {
        let listener = try network.listen(host: "127.0.0.1", port: 0)
        defer { listener.close() }
        let client = try network.connect(host: "127.0.0.1", port: listener.port)
        while true {
            if let server = try listener.accept() { return (client, server) }
        }
    }
}

extension Connection {
    func write(_ text: String) throws -> Int {
        try Array(text.utf8).withUnsafeBytes { try write($0) }
    }

    /// What can be read now, at most 64 KiB: nil if nothing, empty at the end.
    func text() throws -> String? {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = try buffer.withUnsafeMutableBytes { try read(into: $0) }
        return count.map { String(decoding: buffer.prefix($0), as: UTF8.self) }
    }
}

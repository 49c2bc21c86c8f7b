import WeirCore
import WeirSimulation

extension World {
    /// Two ends of a connection.
    func pair() throws -> (any Connection, any Connection) {
        let listener = try network.listen(host: "localhost", port: 0)
        let client = try network.connect(host: "localhost", port: listener.port)
        var server = try listener.accept()
        while server == nil { server = try listener.accept() }
        guard let server else { preconditionFailure("The loop ends only with a connection.") }
        return (client, server)
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

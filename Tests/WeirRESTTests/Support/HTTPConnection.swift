import WeirCore
import WeirSystem

/// A socket to a server, for requests that no library would send.
///
/// It blocks only on threads of its own, since the server's answers come from the pool on which tests run.
final class HTTPConnection: Sendable {
    /// How long a test waits for what must come.
    private static let patienceNanoseconds: Int64 = 300_000_000_000
    private let world = RealWorld()
    private let connection: any Connection

    init(to port: Int) throws(WeirError) {
        connection = try world.network.connect(host: "127.0.0.1", port: port)
    }

    deinit { connection.close() }

    func close() { connection.close() }

    /// Sends all bytes; false if the server closed the connection before.
    @discardableResult
    func send(_ bytes: [UInt8]) async -> Bool {
        await onOwnThread { connection, _ in
            var sent = 0
            while sent < bytes.count {
                let count = bytes.withUnsafeBytes { buffer in
                    try? connection.write(UnsafeRawBufferPointer(rebasing: buffer[sent...]))
                }
                guard let count else { return false }
                sent += count
            }
            return true
        }
    }

    @discardableResult
    func send(_ text: String) async -> Bool { await send(Array(text.utf8)) }

    /// The next answer; nil if the server closes the connection before it is whole.
    func answer() async -> HTTPAnswer? {
        await onOwnThread { connection, world in
            var bytes: [UInt8] = []
            while true {
                if let answer = HTTPAnswer(bytes) { return answer }
                guard let more = Self.read(connection, world), !more.isEmpty else { return nil }
                bytes += more
            }
        }
    }

    /// Everything until the server closes the connection; nil if it does not.
    func rest() async -> [UInt8]? {
        await onOwnThread { connection, world in
            var bytes: [UInt8] = []
            while true {
                guard let more = Self.read(connection, world) else { return nil }
                if more.isEmpty { return bytes }
                bytes += more
            }
        }
    }

    /// Bytes that came; empty at the end, also if the connection broke; nil if nothing comes.
    private static func read(_ connection: any Connection, _ world: RealWorld) -> [UInt8]? {
        let deadline = world.clock.monotonicNanoseconds() + patienceNanoseconds
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while world.clock.monotonicNanoseconds() < deadline {
            var isBroken = false
            let count = buffer.withUnsafeMutableBytes { space -> Int? in
                do throws(WeirError) { return try connection.read(into: space) } catch {
                    isBroken = true
                    return 0
                }
            }
            if isBroken { return [] }
            if let count { return Array(buffer[..<count]) }
            connection.waitReadable(until: deadline)
        }
        return nil
    }

    private func onOwnThread<Result: Sendable>(
        _ work: @escaping @Sendable (any Connection, RealWorld) -> Result
    ) async -> Result {
        await withCheckedContinuation { continuation in
            world.threads.background { [connection, world] in
                continuation.resume(returning: work(connection, world))
            }
        }
    }
}

/// A whole answer.
struct HTTPAnswer: Sendable {
    let status: Int
    /// By lower-case name.
    let headers: [String: String]
    let body: [UInt8]

    /// The answer at the start of these bytes; nil if it is not whole.
    init?(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let headEnd = bytes.firstIndex(ofBlankLine: ()) else { return nil }
        let lines = String(decoding: bytes[..<headEnd], as: UTF8.self).split(separator: "\r\n")
        guard text.hasPrefix("HTTP/1.1 "), let status = Int(lines[0].split(separator: " ")[1])
        else {
            return nil
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let sides = line.split(separator: ":", maxSplits: 1)
            headers[sides[0].lowercased()] = String(sides[1].drop { $0 == " " })
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        guard bytes.count >= headEnd + 4 + length else { return nil }
        self.status = status
        self.headers = headers
        body = Array(bytes[(headEnd + 4)..<(headEnd + 4 + length)])
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    var json: JSONTree { JSONTree(body) }

    /// The first text under `errors`.
    var error: String { json["errors"][0].text ?? "" }
}

extension [UInt8] {
    fileprivate func firstIndex(ofBlankLine: Void) -> Int? {
        let pattern: [UInt8] = [13, 10, 13, 10]
        guard count >= 4 else { return nil }
        return (0...count - 4).first { self[$0..<$0 + 4].elementsEqual(pattern) }
    }
}

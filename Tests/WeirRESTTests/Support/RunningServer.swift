import WeirCore
import WeirREST
import WeirSystem

/// A server with a fixed cluster behind it, on a free port.
struct RunningServer {
    let server: RESTServer
    let cluster: FixedCluster
    let uploads: TemporaryDirectory
    let token: String?

    /// Starts one; `adjust` changes its limits.
    init(
        token: String? = nil,
        cluster: FixedCluster = FixedCluster(),
        _ adjust: (inout RESTSettings) -> Void = { _ in }
    ) async throws {
        uploads = try TemporaryDirectory()
        var settings = RESTSettings(
            weirVersion: "9.8.7",
            uploadDirectory: uploads.path + "/uploads"
        )
        adjust(&settings)
        self.cluster = cluster
        self.token = token
        server = try await RESTServer.start(
            gateway: cluster,
            world: StoppedWorld(uploads.world),
            address: RESTAddress(port: 0),
            token: token,
            settings: settings
        )
    }

    var port: Int { server.address.port }

    func connect() throws(WeirError) -> HTTPConnection { try HTTPConnection(to: port) }

    /// The answer to one request on a connection of its own; nil if there is none.
    func answer(
        _ method: String,
        _ path: String,
        headers: [String: String] = [:],
        body: String = ""
    ) async throws -> HTTPAnswer {
        let connection = try connect()
        await connection.send(Self.request(method, path, headers: headers, body: body))
        guard let answer = await connection.answer() else {
            throw NoAnswer(request: "\(method) \(path)")
        }
        return answer
    }

    func get(_ path: String) async throws -> HTTPAnswer { try await answer("GET", path) }

    func post(_ path: String, _ body: String = "") async throws -> HTTPAnswer {
        try await answer("POST", path, headers: ["Content-Type": "application/json"], body: body)
    }

    /// The text of a request.
    static func request(
        _ method: String,
        _ path: String,
        headers: [String: String] = [:],
        body: String = ""
    ) -> String {
        var lines = ["\(method) \(path) HTTP/1.1"]
        if headers["Host"] == nil { lines.append("Host: localhost") }
        lines += headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        if !body.isEmpty { lines.append("Content-Length: \(body.utf8.count)") }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    struct NoAnswer: Error {
        let request: String
    }
}

/// A directory of its own for one test, removed at the test's end.
final class TemporaryDirectory: Sendable {
    let world: RealWorld
    let path: String

    init() throws {
        world = RealWorld()
        let root = world.processes.environment("TMPDIR") ?? "/tmp"
        path = "\(root)/weir-rest-\(world.processes.processID)-\(world.random.next())"
        try world.files.makeDirectory(path)
    }

    deinit { try? world.files.removeTree(path) }
}

/// The real world at a fixed time of day.
final class StoppedWorld: World, Clock {
    private let real: RealWorld

    init(_ real: RealWorld) { self.real = real }

    func monotonicNanoseconds() -> Int64 { real.clock.monotonicNanoseconds() }
    func wallMilliseconds() -> Int64 { FixedJob.now }

    var clock: any Clock { self }
    var random: any RandomSource { real.random }
    var files: any FileSystem { real.files }
    var threads: any ThreadHost { real.threads }
    var network: any Network { real.network }
    var processes: any ProcessHost { real.processes }
}

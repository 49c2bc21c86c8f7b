import Testing
import WeirCore
import WeirREST
import WeirSystem

@Suite("The client of the REST server")
struct ClientTests {
    @Test(
        "takes a server's address apart",
        arguments: [
            ("http://127.0.0.1:8081", "127.0.0.1", 8081), ("http://host/", "host", 80),
            ("http://[::1]:9", "::1", 9), ("http://a.b:65535//", "a.b", 65535),
        ]
    )
    func url(text: String, host: String, port: Int) throws {
        let url = try ServerURL(text, position: "here")
        #expect(url.host == host)
        #expect(url.port == port)
    }

    @Test(
        "refuses what is no address, with its place and what to write",
        arguments: [
            "", "127.0.0.1:8081", "http://", "http://:80", "http://h:0", "http://h:65536",
            "http://h:x",
            "https://h:1", "http://h:1/path", "http://a b:1", "http://[::1:9",
        ]
    )
    func badURL(text: String) throws {
        do throws(WeirError) {
            _ = try ServerURL(text, position: "--jobmanager")
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.code == .usage)
            #expect(error.position == "--jobmanager")
            #expect(error.fix.contains("http://127.0.0.1:8081"))
        }
    }

    @Test("an error comes back in its four parts, with the kind that its status says")
    func fourParts() {
        let error = WeirError(
            .rescaleRefused,
            "It is not rescaled.",
            position: "job 1",
            reason: "There are 4 slots,\nand no more.",
            fix: "Start more."
        )
        #expect(ServerAnswer.error("\(error)", status: 409) == error)
        let bare = ServerAnswer.error("Job 7 not found", status: 404)
        #expect(bare.code == .resourceUnknown)
        #expect(bare.message == "Job 7 not found")
        #expect(bare.exitCode == 2)
        #expect(ServerAnswer.error("WR-", status: 503).kind == .retry)
        #expect(ServerAnswer.error("", status: 401).code == .requestUnauthorized)
    }

    @Test("reads what a server answers, uploads what it has, and is told what is wrong")
    func live() async throws {
        let running = try await RunningServer(token: "secret")
        let file = running.uploads.path + "/program"
        let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try running.uploads.world.files.replaceAll(file, with: content)
        let url = try ServerURL("http://\(running.server.address)", position: "test")
        let files = running.uploads.world.files
        try await Self.onThread {
            let client = RESTClient(url, token: "secret")
            #expect(try client.get("/jobs/overview")["jobs"]?.elements.isEmpty == false)
            #expect(try client.get("/config")["flink-version"]?.text == "2.3.0")
            let unknown = Self.code { () throws(WeirError) in
                _ = try client.get("/jobs/\(JobID(number: 99))")
            }
            #expect(unknown == .resourceUnknown)
            let nowhere = Self.code { () throws(WeirError) in _ = try client.get("/no/such/path") }
            #expect(nowhere == .resourceUnknown)
            let answer = try client.upload(file, as: "program", to: "/jars/upload", files: files)
            #expect(answer["filename"]?.text?.hasSuffix("program") == true)
            let stranger = RESTClient(url, token: "guess")
            let refused = Self.code { () throws(WeirError) in _ = try stranger.get("/jars") }
            #expect(refused == .requestUnauthorized)
        }
        await running.server.stop()
    }

    @Test("says so if nobody listens, and if somebody else does")
    func unreachable() async throws {
        let world = RealWorld()
        let listener = try world.network.listen(host: "127.0.0.1", port: 0)
        let url = try ServerURL("http://127.0.0.1:\(listener.port)", position: "test")
        try await Self.onThread {
            let parker = world.threads.makeParker()
            world.threads.background {
                // Whoever comes gets something that is no HTTP.
                while true {
                    guard let peer = try? listener.accept() else {
                        parker.park(until: world.clock.monotonicNanoseconds() + 1_000_000)
                        continue
                    }
                    _ = try? Array("SSH-2.0-x\r\n\r\n".utf8).withUnsafeBytes { try peer.write($0) }
                    peer.close()
                    return
                }
            }
            let foreign = Self.code { () throws(WeirError) in
                _ = try RESTClient(url, token: nil).get("/overview")
            }
            #expect(foreign == .serverUnreachable)
            listener.close()
            let nobody = Self.code { () throws(WeirError) in
                _ = try RESTClient(url, token: nil).get("/overview")
            }
            #expect(nobody == .serverUnreachable)
        }
    }

    private static func code(_ body: () throws(WeirError) -> Void) -> ErrorCode? {
        do throws(WeirError) {
            try body()
            return nil
        } catch {
            return error.code
        }
    }

    /// Runs what waits on a thread that may wait.
    private static func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        let result: Result<Void, any Error> = await withCheckedContinuation { continuation in
            RealWorld().threads.background {
                continuation.resume(returning: Result { try body() })
            }
        }
        try result.get()
    }
}

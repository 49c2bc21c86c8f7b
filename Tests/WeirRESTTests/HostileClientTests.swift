import Testing
import WeirCore
import WeirREST

/// Clients that send garbage, too much, or nothing.
@Suite("Hostile clients")
struct HostileClientTests {
    @Test(
        "garbage is answered with 400 or the end of the connection",
        arguments: [
            [UInt8](repeating: 0, count: 100), Array("GET\r\n\r\n".utf8),
            Array("\u{16}\u{3}\u{1}hello".utf8), Array("GET / HTTP/9.9\r\n\r\n".utf8),
            Array("GET /jobs HTTP/1.1\r\nHost localhost\r\n\r\n".utf8),
            Array("POST /savepoint-disposal HTTP/1.1\r\nContent-Length: x\r\n\r\n".utf8),
            Array("POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".utf8),
        ]
    )
    func garbage(_ bytes: [UInt8]) async throws {
        let running = try await RunningServer { $0.idleTimeout = .milliseconds(500) }
        let connection = try running.connect()
        await connection.send(bytes)
        let rest = await connection.rest()
        let text = String(decoding: rest ?? Array("nothing".utf8), as: UTF8.self)
        #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 4"), "\(text)")
        #expect(try await running.get("/overview").status == 200)
        await running.server.stop()
    }

    @Test("paths and queries of any bytes are answered")
    func oddPaths() async throws {
        let running = try await RunningServer()
        let paths = [
            "//", "/jobs/%", "/jobs/%zz?%", "/jobs/%ff", "/?", "/jobs/a%00b", "/v1",
        ]
        for path in paths {
            let status = try await running.get(path).status
            #expect(status == 400 || status == 404, "\(path) \(status)")
        }
        await running.server.stop()
    }

    @Test("a head that is too long is refused")
    func longHead() async throws {
        let running = try await RunningServer()
        let connection = try running.connect()
        let name = String(repeating: "x", count: 100_000)
        await connection.send(
            "GET /overview HTTP/1.1\r\nHost: localhost\r\nX-Long: \(name)\r\n\r\n"
        )
        let text = String(decoding: await connection.rest() ?? [], as: UTF8.self)
        #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 4"), "\(text)")
        await running.server.stop()
    }

    @Test("a body past the limit is refused in Flink's shape, and the connection ends")
    func longBody() async throws {
        let running = try await RunningServer { $0.bodyLimitBytes = 1000 }
        let connection = try running.connect()
        let body = String(repeating: " ", count: 1001)
        let path = "/jobs/\(FixedJob.id)/savepoints"
        await connection.send(RunningServer.request("POST", path, body: body))
        let answer = try #require(await connection.answer())
        #expect(answer.status == 413)
        #expect(answer.error == "The body has more than the 1000 bytes that are allowed.")
        #expect(WeirError(.requestTooLarge, "").code.id == "WR-REST-003")
        #expect(await connection.rest() == [])
        #expect(running.cluster.told == [])
        await running.server.stop()
    }

    @Test("JSON of a hundred thousand brackets is refused")
    func deepBody() async throws {
        let running = try await RunningServer()
        let body = String(repeating: "[", count: 100_000)
        let answer = try await running.post("/jobs/\(FixedJob.id)/savepoints", body)
        #expect(answer.status == 400)
        await running.server.stop()
    }

    @Test("a client that never ends its head is given up")
    func slowHead() async throws {
        let running = try await RunningServer { $0.idleTimeout = .milliseconds(200) }
        let connection = try running.connect()
        await connection.send("GET /overview HTTP/1.1\r\nHost: local")
        #expect(await connection.rest() == [])
        await running.server.stop()
    }

    @Test("a client that trickles its head is given up")
    func trickledHead() async throws {
        let running = try await RunningServer { $0.idleTimeout = .milliseconds(200) }
        let connection = try running.connect()
        await connection.send("GET /overview HTTP/1.1\r\n")
        while await connection.send("X: y\r\n") {}
        await running.server.stop()
    }

    @Test("a client that trickles its body is given up")
    func trickledBody() async throws {
        let running = try await RunningServer {
            $0.transferTimeout = .milliseconds(200)
            $0.minimumBytesPerSecond = 1 << 40
        }
        let connection = try running.connect()
        await connection.send(
            "POST /savepoint-disposal HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n\r\n"
        )
        while await connection.send(" ") {}
        await running.server.stop()
    }

    @Test("past the limit of connections a further one waits until another ends")
    func manyConnections() async throws {
        // The server shares its threads with other tests, which may hold them up for minutes.
        let running = try await RunningServer {
            $0.connectionLimit = 4
            $0.idleTimeout = .seconds(3600)
            $0.transferTimeout = .seconds(3600)
        }
        var idle: [HTTPConnection] = []
        for _ in 0..<32 { idle.append(try running.connect()) }
        let late = try running.connect()
        await late.send(RunningServer.request("GET", "/overview"))
        for connection in idle { connection.close() }
        #expect(await late.answer()?.status == 200)
        await running.server.stop()
    }

    @Test(
        "requests with changed bytes are answered or end, and the server goes on",
        arguments: 1...4
    )
    func changedRequests(seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let running = try await RunningServer { $0.idleTimeout = .milliseconds(300) }
        let job = "/jobs/\(FixedJob.id)"
        let requests = [
            RunningServer.request("GET", job + "/exceptions?maxExceptions=3"),
            RunningServer.request("POST", job + "/savepoints", body: "{\"cancel-job\": false}"),
            RunningServer.request("POST", job + "/stop", body: "{\"drain\": true}"),
            RunningServer.request(
                "POST",
                "/jars/upload",
                headers: ["Content-Type": "multipart/form-data; boundary=b"],
                body: "--b\r\nContent-Disposition: form-data; name=\"jarfile\"; filename=\"a\"\r\n"
                    + "\r\nELF\r\n--b--\r\n"
            ),
        ]
        for _ in 0..<150 {
            var bytes = Array(requests[Int.random(in: 0..<requests.count, using: &random)].utf8)
            for _ in 0..<Int.random(in: 1..<6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(place...)
                case 2: bytes.insert(contentsOf: bytes[place...], at: place)
                default: bytes.remove(at: place)
                }
                if bytes.isEmpty { bytes = [13, 10] }
            }
            let connection = try running.connect()
            await connection.send(bytes)
            // Some wait for an answer, which may be the end; the others are gone.
            if Int.random(in: 0..<8, using: &random) == 0 {
                #expect(await connection.rest() != nil, "seed \(seed): \(bytes)")
            }
            connection.close()
        }
        #expect(try await running.get("/overview").status == 200, "seed \(seed)")
        await running.server.stop()
    }

    @Test("a hundred connections at once are all answered")
    func hundredConnections() async throws {
        let running = try await RunningServer()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<100 { group.addTask { try await running.get("/jobs/overview").status } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == [Int](repeating: 200, count: 100))
        await running.server.stop()
    }

    @Test("several requests on one connection are answered in order")
    func pipelined() async throws {
        let running = try await RunningServer()
        let connection = try running.connect()
        await connection.send(
            RunningServer.request("GET", "/weir/version") + RunningServer.request("GET", "/nope")
                + RunningServer.request("GET", "/jobs", headers: ["Connection": "close"])
        )
        let text = String(decoding: await connection.rest() ?? [], as: UTF8.self)
        let statuses = text.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
        #expect(statuses == ["200", "404", "200"])
        await running.server.stop()
    }

    @Test("a client's time grows with what it moves, and starts anew with each message")
    func budget() {
        var budget = TransferBudget(base: 1000, minimumBytesPerSecond: 10)
        #expect(budget.deadline == nil)
        budget.begun(at: 50)
        #expect(budget.deadline == 1050)
        budget.moved(20)
        #expect(budget.deadline == 2_000_001_050)
        budget.ended()
        #expect(budget.deadline == nil)
        budget.begun(at: 70)
        #expect(budget.deadline == 1070)
        budget.moved(.max)
        #expect(budget.deadline == 30_000_000_000_001_070)
    }
}

import Testing
import WeirCore
import WeirREST

/// The end of a server.
@Suite("Stopping")
struct StopTests {
    @Test("a stopped server takes no connection")
    func stopped() async throws {
        let running = try await RunningServer()
        await running.server.stop()
        #expect(throws: WeirError.self) { _ = try running.connect() }
    }

    @Test("stopping ends idle connections")
    func idle() async throws {
        let running = try await RunningServer()
        let connection = try running.connect()
        await connection.send(RunningServer.request("GET", "/overview"))
        #expect(await connection.answer()?.status == 200)
        await running.server.stop()
        #expect(await connection.rest() == [])
    }

    @Test("a request under way is answered before the server ends")
    func underWay() async throws {
        let running = try await RunningServer()
        let connection = try running.connect()
        let body = #"{"savepoint-path":"x"}"#
        let text = RunningServer.request("POST", "/savepoint-disposal", body: body)
        await connection.send(String(text.dropLast(3)))
        // The server has the head once it has answered a later request.
        #expect(try await running.get("/overview").status == 200)
        async let stopping: Void = running.server.stop()
        await connection.send(String(text.suffix(3)))
        #expect(await connection.answer()?.status == 200)
        await stopping
    }

    @Test("a client that does not end its request does not keep the server")
    func stubborn() async throws {
        let running = try await RunningServer { $0.stopTimeout = .milliseconds(200) }
        let connection = try running.connect()
        await connection.send("POST /savepoint-disposal HTTP/1.1\r\nContent-Length: 9\r\n\r\n{")
        #expect(try await running.get("/overview").status == 200)
        await running.server.stop()
        #expect(await connection.rest() != nil)
    }
}

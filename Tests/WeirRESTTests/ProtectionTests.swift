import Testing
import WeirCore
import WeirREST
import WeirSystem

/// Who is served.
@Suite("Protection")
struct ProtectionTests {
    @Test(
        "an address that others can reach needs a token",
        arguments: ["0.0.0.0", "::", "10.0.0.1"]
    )
    func unprotected(_ host: String) async throws {
        let error = await #expect(throws: WeirError.self) {
            _ = try await RESTServer.start(
                gateway: FixedCluster(),
                world: RealWorld(),
                address: RESTAddress(host: host, port: 0),
                token: "",
                settings: RESTSettings(weirVersion: "1", uploadDirectory: "none")
            )
        }
        #expect(error?.code == .addressUnprotected)
    }

    @Test("hosts that only this machine reaches are known")
    func loopback() {
        for host in ["localhost", "127.0.0.1", "127.9.8.7", "::1"] {
            #expect(RESTAddress(host: host, port: 1).isLoopback, "\(host)")
        }
        for host in ["127.example.com", "127.0.0.1.example.com", "0.0.0.0", "127.0.0", ""] {
            #expect(!RESTAddress(host: host, port: 1).isLoopback, "\(host)")
        }
    }

    @Test("an address in use is refused with the reason")
    func inUse() async throws {
        let running = try await RunningServer()
        let error = await #expect(throws: WeirError.self) {
            _ = try await RESTServer.start(
                gateway: FixedCluster(),
                world: RealWorld(),
                address: running.server.address,
                settings: RESTSettings(weirVersion: "1", uploadDirectory: "none")
            )
        }
        #expect(error?.code == .networkFailed)
        await running.server.stop()
    }

    @Test(
        "with a token only who sends it is served",
        arguments: [
            (nil, 401), ("Bearer secre", 401), ("Bearer secret2", 401), ("Bearer ", 401),
            ("Basic secret", 401), ("bearer secret", 401), ("Bearer secret", 200),
        ] as [(String?, Int)]
    )
    func token(_ sent: String?, _ status: Int) async throws {
        let running = try await RunningServer(token: "secret")
        let headers = sent.map { ["Authorization": $0] } ?? [:]
        for path in ["/overview", "/v1/jobs"] {
            #expect(try await running.answer("GET", path, headers: headers).status == status)
        }
        let unknown = try await running.answer("GET", "/nope", headers: headers)
        #expect(unknown.status == (status == 200 ? 404 : 401))
        await running.server.stop()
    }

    @Test("a refusal for want of a token says so in Flink's shape")
    func refusal() async throws {
        let running = try await RunningServer(token: "secret")
        let answer = try await running.get("/overview")
        #expect(answer.headers["www-authenticate"] == "Bearer")
        #expect(answer.error == "The request carries no token, or another one.")
        #expect(answer.json["errors"][1].text?.hasPrefix("WR-REST-004") == true)
        #expect(WeirError(.requestUnauthorized, "").code.id == "WR-REST-004")
        await running.server.stop()
    }

    @Test(
        "without a token pages of other sites are kept out",
        arguments: [
            (["Origin": "http://evil.example"], 401),
            (["Origin": "null"], 401),
            (["Host": "evil.example:8081"], 401),
            (["Host": "127.0.0.1.evil.example"], 401),
            (["Host": "localhost:8081", "Origin": "http://localhost:8081"], 200),
            (["Host": "127.0.0.1:8081"], 200),
            (["Host": "[::1]:8081"], 200),
        ]
    )
    func otherSites(_ headers: [String: String], _ status: Int) async throws {
        let running = try await RunningServer()
        #expect(try await running.answer("GET", "/overview", headers: headers).status == status)
        await running.server.stop()
    }
}

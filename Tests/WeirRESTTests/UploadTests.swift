import Testing
import WeirCore
import WeirREST
import WeirSystem

/// Uploads of job bundles.
@Suite("Uploads")
struct UploadTests {
    private static let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    private func upload(
        _ running: RunningServer,
        body: String,
        contentType: String = "multipart/form-data; boundary=X"
    ) async throws -> HTTPAnswer {
        try await running.answer(
            "POST",
            "/jars/upload",
            headers: ["Content-Type": contentType],
            body: body
        )
    }

    private func file(_ name: String, _ content: String, field: String = "jarfile") -> String {
        "--X\r\nContent-Disposition: form-data; name=\"\(field)\"; filename=\"\(name)\"\r\n"
            + "Content-Type: application/x-java-archive\r\n\r\n\(content)\r\n"
    }

    /// What the upload directory holds.
    private func leftovers(_ running: RunningServer) throws -> [String] {
        let files = running.uploads.world.files
        let directory = running.uploads.path + "/uploads"
        return try files.status(directory) == nil ? [] : files.list(directory)
    }

    @Test("an upload reaches the cluster with name, size and hash, and its answer ends with the id")
    func whole() async throws {
        let running = try await RunningServer()
        let answer = try await upload(
            running,
            body: file("x", "other", field: "note") + file("/tmp/job.bin", "abc") + "--X--\r\n"
        )
        #expect(answer.status == 200)
        #expect(answer.text == #"{"filename":"/artifacts/1_job.bin","status":"success"}"#)
        #expect(running.cluster.told == ["add job.bin 3 \(Self.abc)"])
        let names = try leftovers(running)
        #expect(names.count == 1)
        let path = running.uploads.path + "/uploads/" + (names.first ?? "")
        #expect(try running.uploads.world.files.readAll(path) == Array("abc".utf8))
        await running.server.stop()
    }

    @Test("an upload of megabytes arrives byte for byte")
    func large() async throws {
        let running = try await RunningServer()
        let content = String(repeating: "0123456789\r\n--Y", count: 400_000)
        let answer = try await upload(running, body: file("job.bin", content) + "--X--")
        #expect(answer.status == 200)
        let name = try leftovers(running).first ?? ""
        let path = running.uploads.path + "/uploads/" + name
        #expect(try running.uploads.world.files.readAll(path) == Array(content.utf8))
        await running.server.stop()
    }

    private static let head = "--X\r\nContent-Disposition: form-data"

    @Test(
        "what is no upload is refused, and nothing stays behind",
        arguments: [
            "",
            "--X--\r\n",
            head + "\r\n\r\nabc\r\n--X--",
            head + "; name=\"jarfile\"; filename=\"j\"\r\n\r\nab",
            head + "; name=\"jarfile\"; filename=\"..\"\r\n\r\nab\r\n--X--",
            head + "; name=\"other\"; filename=\"j\"\r\n\r\nab\r\n--X--",
        ]
    )
    func refused(_ body: String) async throws {
        let running = try await RunningServer()
        let answer = try await upload(running, body: body)
        #expect(answer.status == 400)
        #expect(try leftovers(running) == [])
        #expect(running.cluster.told == [])
        await running.server.stop()
    }

    @Test("a body of another type is refused")
    func otherType() async throws {
        let running = try await RunningServer()
        let answer = try await upload(running, body: "{}", contentType: "application/json")
        #expect(answer.status == 400)
        #expect(answer.error == "The header Content-Type is \"application/json\".")
        await running.server.stop()
    }

    @Test("an upload past the limit is refused, and nothing stays behind")
    func tooLarge() async throws {
        let running = try await RunningServer { $0.artifactLimitBytes = 1 << 20 }
        let content = String(repeating: "x", count: 2 << 20)
        let answer = try await upload(running, body: file("job.bin", content) + "--X--")
        #expect(answer.status == 413)
        #expect(answer.headers["connection"] == "close")
        #expect(try leftovers(running) == [])
        await running.server.stop()
    }

    @Test("an upload without end in another field is refused")
    func endlessField() async throws {
        let running = try await RunningServer { $0.artifactLimitBytes = 1000 }
        let content = String(repeating: "x", count: 100_000)
        let answer = try await upload(running, body: file("x", content, field: "y") + "--X--")
        #expect(answer.status == 413)
        await running.server.stop()
    }

    @Test("a connection that breaks in the middle of an upload leaves nothing behind")
    func broken() async throws {
        let running = try await RunningServer()
        let connection = try running.connect()
        await connection.send(
            "POST /jars/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000\r\n"
                + "Content-Type: multipart/form-data; boundary=X\r\n\r\n"
                + file("job.bin", String(repeating: "x", count: 1_500_000))
        )
        connection.close()
        await running.server.stop()
        #expect(try leftovers(running) == [])
        #expect(running.cluster.told == [])
    }

    @Test("a multipart body means the same in pieces of any size", arguments: 1...40)
    func pieces(_ size: Int) throws {
        let text =
            "before\r\n--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b"
            + "\r\ncontent-disposition: form-data; name=\"f\"; filename=\"a;\\\"b\"\r\n"
            + "X: y\r\n\r\n1\r\n--\r\n--c\r\r\n\r\n--b--after\r\n--b\r\n"
        var reader = MultipartReader(boundary: "b")
        var rest = Array(text.utf8)[...]
        var parts: [String] = []
        while !rest.isEmpty {
            for event in try reader.append(Array(rest.prefix(size))) {
                switch event {
                case .part(let name, let fileName): parts.append("\(name) \(fileName ?? "-"):")
                case .bytes(let bytes):
                    parts[parts.count - 1] += String(decoding: bytes, as: UTF8.self)
                case .partEnded: parts[parts.count - 1] += "."
                case .finished: parts.append("finished")
                }
            }
            rest = rest.dropFirst(size)
        }
        #expect(reader.isFinished)
        #expect(parts == ["a -:.", "f a;\"b:1\r\n--\r\n--c\r\r\n.", "finished"])
    }

    @Test("headers of a part without an end are refused before they fill the memory")
    func endlessHeaders() throws {
        var reader = MultipartReader(boundary: "b")
        _ = try reader.append(Array("--b\r\n".utf8))
        let error = #expect(throws: WeirError.self) {
            for _ in 0..<10 { _ = try reader.append([UInt8](repeating: 65, count: 1000)) }
        }
        #expect(error?.code == .requestInvalid)
    }

    @Test("artifacts are removed by their id")
    func removed() async throws {
        let running = try await RunningServer()
        #expect(try await running.answer("DELETE", "/jars/f7a7_job.bin").status == 200)
        #expect(try await running.answer("DELETE", "/jars/none").status == 404)
        for odd in ["..%2Fx", "..", "%2e%2e", "."] {
            #expect(try await running.answer("DELETE", "/jars/" + odd).status == 400, "\(odd)")
        }
        #expect(running.cluster.told == ["remove f7a7_job.bin"])
        await running.server.stop()
    }
}

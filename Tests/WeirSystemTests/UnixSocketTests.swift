import Testing
import WeirCore
import WeirSystem

@Suite("Unix-domain sockets")
struct UnixSocketTests {
    let directory: TemporaryDirectory
    var world: RealWorld { directory.world }
    var path: String { directory.file("socket") }

    init() throws { directory = try TemporaryDirectory() }

    @Test("both ends talk, and know each other by the path")
    func talk() throws {
        let listener = try world.network.listen(path: path)
        #expect(listener.port == 0)
        let client = try world.network.connect(path: path)
        let server = try #require(try listener.accept())
        #expect(try listener.accept() == nil)
        #expect([client.peerName, server.peerName] == [path, path])
        #expect(try client.write("to") == 2)
        #expect(try server.text() == "to")
        #expect(try server.write("fro") == 3)
        #expect(try client.text() == "fro")
        #expect(try client.text() == nil)
        server.close()
        #expect(try client.text() == "")
        #expect(code { _ = try client.write("more") } == .networkFailed)
    }

    @Test("a poller tells of a listener on a path and of its connections")
    func poller() throws {
        let listener = try world.network.listen(path: path)
        let poller = try world.threads.makePoller()
        try poller.watch(listener, token: 1)
        let client = try world.network.connect(path: path)
        poller.park(until: nil)
        #expect(poller.takeReady() == [1])
        let server = try #require(try listener.accept())
        try poller.watch(server, token: 2, forWriting: false)
        #expect(try client.write("a") == 1)
        poller.park(until: nil)
        #expect(poller.takeReady() == [2])
    }

    @Test("a TCP connection names its peer's address and port")
    func peerName() throws {
        let listener = try world.network.listen(host: "127.0.0.1", port: 0)
        let client = try world.network.connect(host: "127.0.0.1", port: listener.port)
        #expect(client.peerName == "127.0.0.1:\(listener.port)")
        var server: (any Connection)?
        while server == nil { server = try listener.accept() }
        #expect(server?.peerName.hasPrefix("127.0.0.1:") == true)
    }

    @Test("the file belongs to its user only, and goes when the listener closes")
    func file() throws {
        let listener = try world.network.listen(path: path)
        let output = directory.file("mode")
        let program = ChildProgram("/usr/bin/stat", arguments: ["-c", "%a %F", path])
        var logged = program
        logged.outputPath = output
        #expect(try world.end(of: world.processes.spawn(logged)) == .exited(0))
        #expect(try world.files.text(output) == "600 socket\n")
        listener.close()
        listener.close()
        #expect(try world.files.status(path) == nil)
        #expect(code { _ = try world.network.connect(path: path) } == .networkFailed)
    }

    @Test("the file that a killed process left is replaced; where somebody listens it is refused")
    func staleFile() async throws {
        await #expect(processExitsWith: .success) { [path = path as String] in
            let world = RealWorld()
            let listener = try world.network.listen(path: path)
            // Ends without closing anything.
            withExtendedLifetime(listener) { world.processes.exit(0) }
        }
        #expect(try world.files.status(path) != nil)
        #expect(code { _ = try world.network.connect(path: path) } == .networkFailed)
        let listener = try world.network.listen(path: path)
        let error = #expect(throws: WeirError.self) { try world.network.listen(path: path) }
        #expect(error?.code == .networkFailed)
        #expect(error?.message == "listening on \(path) failed")
        #expect(try world.network.connect(path: path).peerName == path)
        listener.close()
    }

    @Test("a listener whose file was replaced by another's leaves that one in place")
    func replacedFile() throws {
        let first = try world.network.listen(path: path)
        try world.files.remove(path)
        let second = try world.network.listen(path: path)
        first.close()
        #expect(try world.network.connect(path: path).peerName == path)
        second.close()
    }

    @Test("an ordinary file is not replaced, and a missing directory is named")
    func otherFiles() throws {
        try world.files.replaceAll(path, with: [1])
        let error = #expect(throws: WeirError.self) { try world.network.listen(path: path) }
        #expect(error?.code == .networkFailed)
        #expect(error?.reason == "There is a file of this name, which is no socket.")
        #expect(try world.files.readAll(path) == [1])
        let missing = directory.file("no/socket")
        #expect(code { _ = try world.network.listen(path: missing) } == .fileMissing)
    }

    @Test("a path that is too long for a socket is refused with its length")
    func tooLong() throws {
        let long = "/tmp/" + String(repeating: "x", count: 103)
        for refused in [long, ""] {
            for call in [world.network.listen(path:), connect] {
                let error = #expect(throws: WeirError.self) { try call(refused) }
                #expect(error?.code == .badValue)
                #expect(error?.reason.contains("\(refused.utf8.count) bytes") == true)
            }
        }
        #expect(code { _ = try connect(String(long.dropLast())) } == .networkFailed)
    }

    private func connect(_ path: String) throws(WeirError) -> any Listener {
        _ = try world.network.connect(path: path)
        preconditionFailure("Nobody listens on \(path).")
    }
}

import Testing
import WeirCore
import WeirServer
import WeirSystem

/// An etcd of the test's own on ports of this machine, ended with the test.
final class RunningEtcd {
    let tool: RealTool
    private let running: RealTool.Running
    let clients: Int
    let peers: Int

    /// Runs a test with an etcd, on a thread of its own.
    static func with(_ test: @escaping @Sendable (RunningEtcd) throws -> Void) async throws {
        try await OwnThread.run {
            let etcd = try RunningEtcd()
            defer { etcd.end() }
            try test(etcd)
        }
    }

    private init() throws {
        tool = try RealTool()
        let ports = try Self.freePorts(tool.world)
        (clients, peers) = ports
        let client = "http://127.0.0.1:\(clients)"
        let peer = "http://127.0.0.1:\(peers)"
        running = try tool.start(
            "/usr/bin/etcd",
            [
                "--data-dir", tool.directory + "/etcd", "--listen-client-urls", client,
                "--advertise-client-urls", client, "--listen-peer-urls", peer,
                "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=\(peer)",
                "--log-level", "error",
            ]
        )
        let store = try self.store("test")
        // It is there when it answers; a test that waits for ever is ended by whoever runs it.
        while true {
            do throws(WeirError) {
                _ = try store.get("x")
                return
            } catch {
                try #require(try running.process.exitStatus() == nil, "etcd has ended: \(error)")
            }
        }
    }

    private static func freePorts(_ world: RealWorld) throws -> (Int, Int) {
        let one = try world.network.listen(host: "127.0.0.1", port: 0)
        let two = try world.network.listen(host: "127.0.0.1", port: 0)
        defer {
            one.close()
            two.close()
        }
        return (one.port, two.port)
    }

    func url(_ prefix: String) -> String { "etcd://127.0.0.1:\(clients)/\(prefix)" }

    func store(_ prefix: String) throws -> EtcdStore {
        EtcdStore(try EtcdURL(url(prefix), option: "--ha"))
    }

    private func end() {
        running.process.send(.kill)
        try? tool.world.files.removeTree(tool.directory)
    }
}

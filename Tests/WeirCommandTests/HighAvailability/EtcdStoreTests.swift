import Testing
import WeirCore
import WeirJobManager
import WeirServer

@Suite("The metadata store in etcd", .serialized)
struct EtcdStoreTests {
    private static let second: Int64 = 1_000_000_000

    private static func lease(_ answer: LeaseAnswer) throws -> Lease {
        guard case .granted(let lease) = answer else {
            throw WeirError(.badValue, "No lease: \(answer)")
        }
        return lease
    }

    @Test("one leads, by a higher epoch than any before; when it resigns, another one does")
    func leads() async throws {
        try await RunningEtcd.with { etcd in
            let (one, two) = (try etcd.store("a"), try etcd.store("a"))
            let first = try Self.lease(try one.acquire(for: 3 * Self.second, as: "one"))
            #expect(first.epoch == LeaderEpoch(1))
            #expect(try two.acquire(for: 3 * Self.second, as: "two") == .taken(by: "one"))
            #expect(try one.renew(first))
            try one.release(first)
            let second = try Self.lease(try two.acquire(for: 3 * Self.second, as: "two"))
            #expect(second.epoch == LeaderEpoch(2))
            #expect(try !one.renew(first))
            // Another cluster in the same etcd.
            let other = try Self.lease(
                try etcd.store("b").acquire(for: 3 * Self.second, as: "three")
            )
            #expect(other.epoch == LeaderEpoch(1))
        }
    }

    @Test("what a deposed leader writes is refused, and what its successor wrote stays")
    func conditionalWrites() async throws {
        try await RunningEtcd.with { etcd in
            let (one, two) = (try etcd.store("a"), try etcd.store("a"))
            let first = try Self.lease(try one.acquire(for: 2 * Self.second, as: "one"))
            #expect(try one.put([1], as: "jobs/x", by: first))
            #expect(try one.put([2], as: "jobs/x", by: first))
            // Nobody renews it, as if its process were frozen: some time later it is over.
            var answer = LeaseAnswer.taken(by: "one")
            while answer == .taken(by: "one") {
                answer = try two.acquire(for: 3 * Self.second, as: "two")
            }
            let second = try Self.lease(answer)
            #expect(try two.get("jobs/x") == [2])
            #expect(try two.put([3], as: "jobs/x", by: second))
            for byte in UInt8(0)..<100 {
                #expect(try !one.put([byte], as: "jobs/x", by: first))
                #expect(try !one.put([byte], as: "jobs/y", by: first))
            }
            #expect(try !one.renew(first))
            #expect(try one.get("jobs/x") == [3])
            #expect(try one.get("jobs/y") == nil)
        }
    }

    @Test("bytes come back as they were, also many and long ones; too long ones are refused")
    func values() async throws {
        try await RunningEtcd.with { etcd in
            let store = try etcd.store("a/deep/prefix")
            let lease = try Self.lease(try store.acquire(for: 60 * Self.second, as: "one"))
            var values: [String: [UInt8]] = ["jobs/empty": [], "jobs/zero": [0, 255, 10]]
            values["jobs/long"] = [UInt8](repeating: 7, count: 1 << 20)
            for number in 0..<40 { values["jobs/\(number)"] = [UInt8(number)] }
            for (name, bytes) in values { #expect(try store.put(bytes, as: name, by: lease)) }
            #expect(try store.put([9], as: "other", by: lease))
            let all = try store.getAll(prefix: "jobs/")
            #expect(all.map(\.name) == values.keys.sorted())
            for (name, bytes) in all { #expect(values[name] == bytes, "\(name)") }
            #expect(try store.get("jobs/none") == nil)
            let tooLong = #expect(throws: WeirError.self) {
                try store.put([UInt8](repeating: 7, count: 1 << 20 + 1), as: "jobs/l", by: lease)
            }
            #expect(tooLong?.code == .badValue)
        }
    }

    @Test("the names of members are tried in turn; what is no etcd is named")
    func members() async throws {
        try await RunningEtcd.with { etcd in
            let text = "etcd://127.0.0.1:1,127.0.0.1:\(etcd.clients)/a"
            let store = EtcdStore(try EtcdURL(text, option: "--ha"))
            #expect(try store.get("x") == nil)
            let wrong = EtcdStore(try EtcdURL("etcd://127.0.0.1:\(etcd.peers)/a", option: "--ha"))
            let foreign = #expect(throws: WeirError.self) { try wrong.get("x") }
            #expect(foreign?.code == .metadataStoreFailed)
            #expect(foreign?.fix.contains("3.4") == true)
            let nobody = EtcdStore(try EtcdURL("etcd://127.0.0.1:1/a", option: "--ha"))
            let missing = #expect(throws: WeirError.self) { try nobody.get("x") }
            #expect(missing?.code == .metadataStoreFailed)
            #expect(missing?.position == "etcd://127.0.0.1:1/a/")
            #expect(missing?.fix.contains("--ha") == true)
        }
    }

    @Test(
        "an address of etcd is taken apart",
        arguments: [
            ("etcd://127.0.0.1:2379/weir", "etcd://127.0.0.1:2379/weir/"),
            ("etcd://a,b:1/x/y/", "etcd://a:2379,b:1/x/y/"),
            ("etcd://[::1]:9/c", "etcd://[::1]:9/c/"),
        ]
    )
    func url(text: String, whole: String) throws {
        #expect(try EtcdURL(text, option: "--ha").description == whole)
    }

    @Test(
        "what is no address of etcd is refused, with what to write",
        arguments: [
            "", "127.0.0.1:2379/weir", "http://h:1/weir", "etcd://h:1", "etcd://h:1/",
            "etcd:///weir", "etcd://h:x/weir", "etcd://user:secret@h:1/weir", "etcd://a,,b/weir",
            "etcd://h:1/a b",
        ]
    )
    func badURL(text: String) {
        let error = #expect(throws: WeirError.self) { try EtcdURL(text, option: "--ha") }
        #expect(error?.code == .usage)
        #expect(error?.position == "--ha")
        #expect(error?.fix.contains("etcd://127.0.0.1:2379/weir") == true)
    }
}

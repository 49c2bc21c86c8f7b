import FoundationEssentials
import WeirCore
import WeirJobManager
import WeirREST

/// The metadata store of job managers in etcd.
///
/// ```
/// PREFIX/leader     who leads; there while the leader's lease lasts
/// PREFIX/epoch      the epoch of the last leader, in decimal
/// PREFIX/jobs/ID    what the leader wrote down of a job
/// ```
/// A leader is named by the revision at which it made `leader`: all that it writes compares that.
public struct EtcdStore: LeaseStore {
    /// Bytes of the longest value: an etcd takes requests of one and a half MiB, and values are longer
    /// on their way.
    static let mostBytes = 1 << 20
    /// Values in one answer.
    private static let pageSize: Int64 = 16
    /// Tries to write over what was written meanwhile.
    private static let mostTries = 5

    private let gateway: EtcdGateway

    /// The store at a place.
    public init(_ url: EtcdURL) { gateway = EtcdGateway(url) }

    /// Where it is.
    package var place: String { gateway.url.description }

    // MARK: The lease

    /// Becomes leader for a time, if nobody leads.
    package func acquire(
        for nanoseconds: Int64,
        as name: String
    ) throws(WeirError) -> LeaseAnswer {
        let epoch = try entry("epoch")
        if let leader = try entry("leader") { return .taken(by: leader.text) }
        let last = epoch.flatMap { UInt64($0.text) } ?? 0
        guard epoch == nil || last > 0, last < 1 << 62 else {
            throw WeirError(
                .metadataStoreFailed,
                "\(place)epoch does not hold a leader's epoch.",
                reason: "It is \"\(epoch?.text ?? "")\".",
                fix: "Write a number into it that is higher than that of any leader before."
            )
        }
        let seconds = (nanoseconds + 999_999_999) / 1_000_000_000
        let granted = try gateway.call("/v3/lease/grant", ["TTL": .text("\(seconds)")])
        guard let lease = granted["ID"]?.text.flatMap({ Int64($0) }) else {
            throw unexpected("a lease without an id")
        }
        do throws(WeirError) {
            return try lead(lease, name, LeaderEpoch(last + 1), after: epoch)
        } catch {
            // It may lead by this lease and not know it: others should not wait for its end.
            try? revoke(lease)
            throw error
        }
    }

    private func lead(
        _ lease: Int64,
        _ name: String,
        _ epoch: LeaderEpoch,
        after former: Entry?
    ) throws(WeirError) -> LeaseAnswer {
        let answer = try transaction(
            if: [
                condition("leader", "CREATE", "create_revision", 0),
                condition("epoch", "MOD", "mod_revision", former?.modified ?? 0),
            ],
            then: [
                put("leader", Array(name.utf8), lease: lease),
                put("epoch", Array(epoch.description.utf8)),
            ],
            else: range("leader")
        )
        guard answer.isDone else {
            try revoke(lease)
            return .taken(by: answer.entries.first?.text ?? "another one")
        }
        return .granted(Lease(id: lease, revision: answer.revision, epoch: epoch))
    }

    /// Leads on; false: the lease is over.
    package func renew(_ lease: Lease) throws(WeirError) -> Bool {
        let answer = try gateway.call("/v3/lease/keepalive", ["ID": .text("\(lease.id)")])
        return (answer["TTL"]?.text.flatMap { Int64($0) } ?? 0) > 0
    }

    /// Gives the lease up.
    package func release(_ lease: Lease) throws(WeirError) { try revoke(lease.id) }

    private func revoke(_ id: Int64) throws(WeirError) {
        _ = try gateway.call("/v3/lease/revoke", ["ID": .text("\(id)")])
    }

    // MARK: Values

    /// Writes bytes under a name, on condition that the lease leads.
    package func put(
        _ bytes: [UInt8],
        as name: String,
        by lease: Lease
    ) throws(WeirError) -> Bool {
        guard bytes.count <= Self.mostBytes else {
            throw WeirError(
                .badValue,
                "\(name) has \(bytes.count) bytes, more than the \(Self.mostBytes) that go into etcd.",
                fix: "Make the job's graph and arguments smaller."
            )
        }
        for _ in 0..<Self.mostTries {
            // With the revision of what is there: a request that got lost on its way and arrives late
            // must not replace what was written after it.
            let former = try entry(name)?.modified ?? 0
            let answer = try transaction(
                if: [
                    condition("leader", "CREATE", "create_revision", lease.revision),
                    condition(name, "MOD", "mod_revision", former),
                ],
                then: [put(name, bytes)],
                else: range("leader")
            )
            if answer.isDone { return true }
            guard answer.entries.first?.created == lease.revision else { return false }
        }
        throw unexpected("\(name) was changed \(Self.mostTries) times by somebody else")
    }

    /// The bytes under a name.
    package func get(_ name: String) throws(WeirError) -> [UInt8]? { try entry(name)?.value }

    /// All names that begin with a prefix, sorted, with their bytes.
    package func getAll(
        prefix: String
    ) throws(WeirError) -> [(name: String, bytes: [UInt8])] {
        let whole = Array((gateway.url.prefix + prefix).utf8)
        // Names are ASCII: the next prefix differs in the last byte.
        let end = whole.dropLast() + [whole[whole.count - 1] + 1]
        var found: [(name: String, bytes: [UInt8])] = []
        var from = whole
        while true {
            let answer = try gateway.call(
                "/v3/kv/range",
                [
                    "key": base64(from), "range_end": base64(Array(end)),
                    "limit": .integer(Self.pageSize),
                ]
            )
            let page = try entries(answer)
            for entry in page {
                let name = String(decoding: entry.key, as: UTF8.self)
                found.append((String(name.dropFirst(gateway.url.prefix.count)), entry.value))
            }
            guard answer["more"]?.boolean == true, let last = page.last else { return found }
            from = last.key + [0]
        }
    }

    // MARK: Requests

    private struct Entry {
        let key: [UInt8]
        let value: [UInt8]
        let created: Int64
        let modified: Int64

        var text: String { String(decoding: value, as: UTF8.self) }
    }

    private func entry(_ name: String) throws(WeirError) -> Entry? {
        try entries(try gateway.call("/v3/kv/range", range(name))).first
    }

    private func entries(_ answer: JSONNode) throws(WeirError) -> [Entry] {
        var entries: [Entry] = []
        for node in answer["kvs"]?.elements ?? [] {
            guard let key = bytes(node["key"]), let created = number(node["create_revision"]),
                let modified = number(node["mod_revision"])
            else { throw unexpected("a value without its revisions") }
            // An empty value is left out.
            let value = bytes(node["value"]) ?? []
            entries.append(Entry(key: key, value: value, created: created, modified: modified))
        }
        return entries
    }

    /// A transaction; its `revision`, whether its conditions held, and what `else` has found.
    private func transaction(
        if conditions: [JSONValue],
        then actions: [JSONValue],
        else look: JSONValue
    ) throws(WeirError) -> (isDone: Bool, revision: Int64, entries: [Entry]) {
        let answer = try gateway.call(
            "/v3/kv/txn",
            [
                "compare": .array(conditions), "success": .array(actions),
                "failure": [["request_range": look]],
            ]
        )
        guard let revision = number(answer["header"]?["revision"]) else {
            throw unexpected("a transaction without a revision")
        }
        let isDone = answer["succeeded"]?.boolean == true
        let found = answer["responses"]?.elements.first?["response_range"]
        return (isDone, revision, isDone ? [] : try found.map(entries) ?? [])
    }

    private func condition(
        _ name: String,
        _ target: String,
        _ field: String,
        _ revision: Int64
    ) -> JSONValue {
        .object([
            "key": key(name), "target": .text(target), "result": "EQUAL",
            field: .text("\(revision)"),
        ])
    }

    private func put(_ name: String, _ bytes: [UInt8], lease: Int64 = 0) -> JSONValue {
        ["request_put": ["key": key(name), "value": base64(bytes), "lease": .text("\(lease)")]]
    }

    private func range(_ name: String) -> JSONValue { ["key": key(name)] }

    private func key(_ name: String) -> JSONValue {
        base64(Array((gateway.url.prefix + name).utf8))
    }

    private func base64(_ bytes: [UInt8]) -> JSONValue { .text(Data(bytes).base64EncodedString()) }

    private func bytes(_ node: JSONNode?) -> [UInt8]? {
        node?.text.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
    }

    /// etcd writes 64 bits as texts.
    private func number(_ node: JSONNode?) -> Int64? {
        node?.text.flatMap { Int64($0) } ?? node?.integer
    }

    private func unexpected(_ what: String) -> WeirError {
        WeirError(
            .metadataStoreFailed,
            "etcd answers with something unknown: \(what).",
            position: place,
            fix: "Look whether an etcd of version 3.4 or newer listens there."
        )
    }
}

import Synchronization
import WeirCore
import WeirREST

/// Asks etcd by its JSON gateway: one request after the other, at whichever of its members answers.
final class EtcdGateway: Sendable {
    /// How long a member may take to be there, and to answer, in nanoseconds: all of a request must be done
    /// while a lease lasts.
    private static let patience: Int64 = 1_000_000_000

    let url: EtcdURL
    /// The member that answered last.
    private let last = Mutex(0)

    init(_ url: EtcdURL) { self.url = url }

    /// Sends a request; the first answer counts.
    ///
    /// - Throws: `metadataStoreFailed`; what was asked for may be done nevertheless.
    func call(_ path: String, _ body: JSONValue) throws(WeirError) -> JSONNode {
        let first = last.withLock { $0 }
        var reasons: [String] = []
        for step in 0..<url.servers.count {
            let index = (first + step) % url.servers.count
            let server = url.servers[index]
            let answer: (status: Int, body: [UInt8])
            do throws(WeirError) {
                answer = try JSONExchange(server, patience: Self.patience).send("POST", path, body)
            } catch {
                reasons.append("\(server): \(error.reason)")
                continue
            }
            last.withLock { $0 = index }
            return try node(answer, server, path)
        }
        throw WeirError(
            .metadataStoreFailed,
            "etcd does not answer.",
            position: "\(url)",
            reason: reasons.joined(separator: "\n         "),
            fix: "Start it, or name its members with --ha etcd://HOST:PORT/PREFIX."
        )
    }

    private func node(
        _ answer: (status: Int, body: [UInt8]),
        _ server: ServerURL,
        _ path: String
    ) throws(WeirError) -> JSONNode {
        let node: JSONNode
        do throws(JSONSyntaxError) {
            node = try JSONReader.read(answer.body)
        } catch {
            throw refused(server, "It answers \(path) with status \(answer.status) and no JSON.")
        }
        // A stream's answer is wrapped, and so is its error, which comes with status 200.
        let problem = node["message"] ?? node["error"]?["message"] ?? node["error"]
        guard answer.status == 200, problem == nil else {
            let text = problem?.text ?? "no message"
            throw refused(server, "It answers \(path) with status \(answer.status): \(text)")
        }
        return node["result"] ?? node
    }

    private func refused(_ server: ServerURL, _ reason: String) -> WeirError {
        WeirError(
            .metadataStoreFailed,
            "The server at \(server) does not do what an etcd does.",
            position: "\(url)",
            reason: reason,
            fix: "Look whether an etcd of version 3.4 or newer listens there, and into its log."
        )
    }
}

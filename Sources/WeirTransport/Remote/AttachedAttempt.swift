import WeirCore

/// The links of one attempt.
final class AttachedAttempt {
    let description: DataPlaneAttempt
    /// By the token of their connection; ascending, so that two runs of a simulation do the same.
    private(set) var outgoing: [Int: OutgoingLink] = [:]
    private(set) var incoming: [Int: IncomingLink] = [:]
    private var hasFailed = false

    init(_ description: DataPlaneAttempt) { self.description = description }

    var isIdle: Bool { outgoing.isEmpty && incoming.isEmpty }

    /// Expects a connection to a peer under this token.
    func expect(_ peer: Int, token: Int) {
        outgoing[token] = OutgoingLink(
            peer: peer,
            attempt: description.attempt,
            outputs: description.outputs[peer] ?? []
        )
    }

    /// The connection to a peer was made.
    func connected(_ token: Int, _ connection: FramedConnection) throws(WeirError) {
        guard let link = outgoing[token] else { return connection.close() }
        try link.connected(
            connection,
            hello: DataHandshake.Hello(
                job: description.job,
                attempt: description.attempt,
                sender: description.own,
                receiver: link.peer,
                token: description.token
            )
        )
    }

    /// Takes in a peer that said hello; a second one of the same peer is none of its own.
    ///
    /// - Throws: `protocolViolated` for a wrong token or place.
    func welcome(
        _ hello: DataHandshake.Hello,
        _ connection: FramedConnection,
        token: Int
    ) throws(WeirError) {
        guard SecretComparison.isSame(hello.token, description.token) else {
            throw connection.violation("a hello with a wrong token")
        }
        guard hello.receiver == description.own, let inputs = description.inputs[hello.sender],
            senders.insert(hello.sender).inserted
        else { throw connection.violation("a hello from a worker that is not expected") }
        incoming[token] = try IncomingLink(
            connection,
            attempt: description.attempt,
            inputs: inputs
        )
    }

    private var senders: Set<Int> = []

    /// Reads what is there; whether there may be more, or nil if the token belongs to another attempt.
    func receive(token: Int, now: Int64) -> Bool? {
        do throws(WeirError) {
            if let link = outgoing[token] { return try link.receive() }
            if let link = incoming[token] { return try link.receive(now: now) }
            return nil
        } catch {
            fail(error)
            return false
        }
    }

    /// Sends elements and credits; whether there may be more to send.
    func pump(now: Int64) -> Bool {
        guard !hasFailed else { return false }
        var hasMoved = false
        do throws(WeirError) {
            for token in outgoing.keys.sorted() {
                if try outgoing[token]?.pump(now: now) ?? false { hasMoved = true }
            }
            for token in incoming.keys.sorted() {
                incoming[token]?.grant()
                try incoming[token]?.flush()
            }
        } catch {
            fail(error)
        }
        return hasMoved
    }

    /// Ends all links, and tells so, the first time.
    func fail(_ error: WeirError) {
        guard !hasFailed else { return }
        hasFailed = true
        close()
        description.onFailure(error)
    }

    func close() {
        for token in outgoing.keys.sorted() { outgoing[token]?.close() }
        for token in incoming.keys.sorted() { incoming[token]?.close() }
        outgoing = [:]
        incoming = [:]
        // Queues to peers that were never connected keep nobody waiting either.
        for output in description.outputs.values.flatMap({ $0 }) { output.queue.close() }
    }
}

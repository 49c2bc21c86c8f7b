import WeirCore
import WeirData

/// A connection on which this worker sends rows to another one.
final class OutgoingLink {
    /// Bytes that the peer has not taken after which no more elements are encoded.
    static let mostUnsentBytes = 256 << 10

    let peer: Int
    private let attempt: Attempt
    private let outputs: [RemoteOutput]
    private let queues: [UInt32: SendQueue]
    private var connection: FramedConnection?
    /// The output that was served last.
    private var turn = 0
    /// Whether the peer takes elements.
    private(set) var isWelcome = false

    init(peer: Int, attempt: Attempt, outputs: [RemoteOutput]) {
        self.peer = peer
        self.attempt = attempt
        self.outputs = outputs
        queues = Dictionary(uniqueKeysWithValues: outputs.map { ($0.stream, $0.queue) })
    }

    /// The connection was made: says hello.
    func connected(
        _ connection: FramedConnection,
        hello: DataHandshake.Hello
    ) throws(WeirError) {
        self.connection = connection
        hello.send(on: connection)
        try connection.flush()
    }

    /// Takes in credits; whether there may be more.
    func receive() throws(WeirError) -> Bool {
        guard let connection else { return false }
        let received = try connection.receive { frame throws(WeirError) in
            try take(frame, from: connection)
        }
        switch received {
        case .everything: return false
        case .part: return true
        case .end:
            throw WeirError(.networkFailed, "\(connection.peer) closed a data connection.")
        }
    }

    private func take(_ frame: Frame, from connection: FramedConnection) throws(WeirError) {
        guard frame.epoch == attempt.number else { return }
        var reader = ByteReader(frame.payload)
        switch DataHandshake.Kind(rawValue: frame.kind) {
        case .welcome: isWelcome = true
        case .refusal:
            throw WeirError(
                .networkFailed,
                "\(connection.peer) refused a data connection.",
                reason: (try? reader.readString()) ?? ""
            )
        case .credits:
            guard let queue = queues[frame.stream],
                let count = try? reader.readInteger(as: UInt32.self), count <= 1 << 20
            else { throw connection.violation("credits that make no sense") }
            queue.grant(Int(count))
        case .hello, nil: throw connection.violation("a frame of kind \(frame.kind)")
        }
    }

    /// Sends what may be sent; whether there may be more.
    func pump(now: Int64) throws(WeirError) -> Bool {
        guard let connection, isWelcome else { return false }
        var hasMoved = false
        for _ in outputs.indices {
            guard connection.unsentBytes < Self.mostUnsentBytes else { break }
            // Goes on where the last turn stopped, so that each has its turn on a slow connection.
            turn = turn + 1 == outputs.count ? 0 : turn + 1
            let output = outputs[turn]
            guard let element = output.queue.take() else { continue }
            hasMoved = true
            let before = connection.unsentBytes
            connection.append { writer in
                ElementCodec.encode(
                    element,
                    stream: output.stream,
                    attempt: attempt,
                    now: now,
                    into: &writer
                )
            }
            let count = connection.unsentBytes - before
            guard count <= IncomingLink.mostElementBytes else { throw Self.tooLong(count) }
        }
        try connection.flush()
        return hasMoved
    }

    private static func tooLong(_ count: Int) -> WeirError {
        WeirError(
            .malformedRecord,
            "A row of \(count) bytes is too long to be sent to another worker.",
            reason: "A row of at most \(IncomingLink.mostElementBytes) bytes is taken in there.",
            fix: "Keep such values outside of rows, or filter them out where they are read."
        )
    }

    func close() {
        for output in outputs { output.queue.close() }
        connection?.close()
    }
}

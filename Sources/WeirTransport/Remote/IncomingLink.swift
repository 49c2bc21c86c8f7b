import WeirCore
import WeirData

/// A connection on which another worker sends rows to this one.
///
/// As many elements are asked for as the rings have places for: what comes always finds one.
final class IncomingLink {
    /// Longest payload of a frame with an element.
    static let mostElementBytes = 256 << 20

    private final class Input {
        let ring: RingChannel
        let schema: Schema
        /// Elements without barriers that the peer may have sent.
        var granted = 0
        /// Elements without barriers that came.
        var received = 0
        /// All elements that came.
        var pushed = 0

        init(_ input: RemoteInput) {
            ring = input.ring
            schema = input.schema
        }
    }

    private let connection: FramedConnection
    private let attempt: Attempt
    /// Ascending by stream, so that two runs of a simulation do the same.
    private let streams: [UInt32]
    private let inputs: [UInt32: Input]
    /// Frames of other attempts, which were not applied.
    private(set) var staleFrames = 0

    /// Welcomes a peer that said hello.
    init(
        _ connection: FramedConnection,
        attempt: Attempt,
        inputs: [RemoteInput]
    ) throws(WeirError) {
        self.connection = connection
        self.attempt = attempt
        streams = inputs.map(\.stream).sorted()
        self.inputs = Dictionary(uniqueKeysWithValues: inputs.map { ($0.stream, Input($0)) })
        connection.mostPayloadBytes = Self.mostElementBytes
        connection.send(kind: DataHandshake.Kind.welcome.rawValue, epoch: attempt.number) { _ in }
        grant()
        try connection.flush()
    }

    /// Takes elements in; whether there may be more.
    func receive(now: Int64) throws(WeirError) -> Bool {
        let received = try connection.receive { frame throws(WeirError) in
            try take(frame, now: now)
        }
        switch received {
        case .everything: return false
        case .part: return true
        case .end:
            throw WeirError(.networkFailed, "\(connection.peer) closed a data connection.")
        }
    }

    private func take(_ frame: Frame, now: Int64) throws(WeirError) {
        guard frame.epoch == attempt.number else {
            staleFrames += 1
            return
        }
        guard let kind = ElementCodec.Kind(rawValue: frame.kind) else {
            throw connection.violation("a frame of kind \(frame.kind)")
        }
        guard let input = inputs[frame.stream] else {
            throw connection.violation("an element of channel \(frame.stream), which it has not")
        }
        let element: StreamElement
        do throws(WeirError) {
            element = try ElementCodec.decode(
                kind,
                frame.payload,
                schema: input.schema,
                attempt: attempt,
                now: now
            )
        } catch {
            throw connection.violation("an element that does not decode: \(error.reason)")
        }
        guard input.ring.count < input.ring.hardCapacity else {
            throw connection.violation("more barriers than a channel has places for")
        }
        if case .barrier = element {
        } else {
            guard input.received < input.granted else {
                throw connection.violation("more elements than it was granted")
            }
            input.received += 1
        }
        input.pushed += 1
        input.ring.push(element)
    }

    /// Asks for as many elements as there are new places for, unless these are few.
    func grant() {
        for stream in streams {
            guard let input = inputs[stream] else { continue }
            let capacity = input.ring.softCapacity
            let outstanding = input.granted - input.received
            guard outstanding <= capacity / 2 else { continue }
            let waiting = input.pushed - input.ring.takenCountWithWakeUp()
            let count = capacity - outstanding - waiting
            guard count >= max(1, capacity / 2) else { continue }
            input.granted += count
            let kind = DataHandshake.Kind.credits.rawValue
            connection.send(kind: kind, stream: stream, epoch: attempt.number) { writer in
                writer.append(integer: UInt32(count))
            }
        }
    }

    /// Sends credits, as far as the peer takes them now.
    func flush() throws(WeirError) {
        guard connection.unsentBytes < OutgoingLink.mostUnsentBytes else {
            throw connection.violation("rows, and does not take the credits for more")
        }
        try connection.flush()
    }

    func close() { connection.close() }
}

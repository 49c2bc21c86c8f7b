import WeirCore

/// A role's connection to the supervisor of its local cluster: it says what it is, and ends with it.
final class SupervisorLink: Steppable {
    private let connection: any Connection
    private let poller: any Poller
    private let onEnd: @Sendable () -> Void

    private init(
        _ connection: any Connection,
        _ poller: any Poller,
        onEnd: @escaping @Sendable () -> Void
    ) {
        self.connection = connection
        self.poller = poller
        self.onEnd = onEnd
    }

    /// Tells the supervisor who is there; `onEnd` is called, on a thread of its own, when that ends.
    ///
    /// - Throws: `networkFailed` if there is no supervisor.
    static func start(
        _ path: String,
        saying words: [String],
        world: any World,
        onEnd: @escaping @Sendable () -> Void
    ) throws(WeirError) {
        let connection = try world.network.connect(path: path)
        try connection.writeLine(words.joined(separator: " "), world.clock)
        let poller = try world.threads.makePoller()
        try poller.watch(connection, token: 1, forWriting: false)
        _ = world.threads.run(name: "weir-link", parker: poller) {
            SupervisorLink(connection, poller, onEnd: onEnd)
        }
    }

    func step() -> StepOutcome {
        _ = poller.takeReady()
        guard (try? connection.readText()) != nil else {
            poller.forget(connection)
            connection.close()
            onEnd()
            return .finished
        }
        return .park(until: nil)
    }
}

extension Connection {
    /// Writes a line; it is short, and the peer reads.
    ///
    /// - Throws: `networkFailed`, also if the peer does not take it.
    func writeLine(_ line: String, _ clock: any Clock) throws(WeirError) {
        var rest = Array((line + "\n").utf8)[...]
        let deadline = clock.monotonicNanoseconds() + 5_000_000_000
        while !rest.isEmpty {
            var failure: WeirError?
            let written = rest.withUnsafeBytes { bytes -> Int in
                do throws(WeirError) {
                    return try write(bytes)
                } catch {
                    failure = error
                    return 0
                }
            }
            if let failure { throw failure }
            rest = rest.dropFirst(written)
            guard clock.monotonicNanoseconds() < deadline else {
                throw WeirError(.networkFailed, "\(peerName) does not take a line.")
            }
        }
    }

    /// What has come, without waiting; empty: nothing yet, nil: the end.
    func readText() throws(WeirError) -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        var failure: WeirError?
        let count = bytes.withUnsafeMutableBytes { buffer -> Int? in
            do throws(WeirError) {
                return try read(into: buffer)
            } catch {
                failure = error
                return nil
            }
        }
        if let failure { throw failure }
        guard let count else { return "" }
        return count == 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}

import WeirCore
import WeirData

/// What a data plane's thread does: one turn over what has happened and what can be sent.
final class DataPlaneThread: Steppable {
    /// Connections that have not shown whose they are: those of many senders at once, which come before
    /// their attempt is known here, and of whoever else finds the port.
    static let mostStrangers = 1024
    /// Nanoseconds within which a peer says hello, and is expected by its attempt.
    static let strangerPatience: Int64 = 10_000_000_000
    /// Longest payload of a frame of a stranger.
    static let mostStrangerBytes = 1 << 10

    /// The token of the listener; those of connections are higher.
    static let listenerToken = 0

    private let world: any World
    private let listener: any Listener
    private let poller: any Poller
    private let queue: EventQueue<DataPlane.Event>
    private var attempts: [AttachedAttempt] = []
    /// Those that said hello wait for their attempt.
    private var strangers = Strangers<DataHandshake.Hello>(most: DataPlaneThread.mostStrangers)
    private var lastToken = 0

    private typealias Stranger = Strangers<DataHandshake.Hello>.Stranger

    init(
        world: any World,
        listener: any Listener,
        poller: any Poller,
        queue: EventQueue<DataPlane.Event>
    ) {
        self.world = world
        self.listener = listener
        self.poller = poller
        self.queue = queue
    }

    func step() -> StepOutcome {
        let now = world.clock.monotonicNanoseconds()
        for event in queue.takeAll() {
            if case .shutDown = event {
                shutDown()
                return .finished
            }
            handle(event)
        }
        var isBusy = false
        for token in poller.takeReady() {
            if token == Self.listenerToken {
                accept(now)
            } else if receive(token, now) {
                isBusy = true
            }
        }
        for attempt in attempts where attempt.pump(now: now) { isBusy = true }
        strangers.dropOverdue(at: now)
        // A park whose time is over looks for what is ready, too.
        return .park(until: isBusy ? now : strangers.deadline)
    }

    private func handle(_ event: DataPlane.Event) {
        switch event {
        case .attach(let description): attach(description)
        case .detach(let job, let attempt):
            remove { $0.job == job && $0.attempt == attempt }
        case .connected(let token, let result): connected(token, result)
        case .shutDown: break
        }
    }

    // MARK: Attempts

    private func attach(_ description: DataPlaneAttempt) {
        remove { $0.job == description.job && $0.attempt <= description.attempt }
        let attempt = AttachedAttempt(description)
        attempts.append(attempt)
        for peer in description.outputs.keys.sorted() {
            lastToken += 1
            attempt.expect(peer, token: lastToken)
            if let address = description.addresses[peer] { connect(address, token: lastToken) }
        }
        for stranger in strangers.all { settle(stranger) }
    }

    /// Connects on an I/O thread: a host that does not answer takes seconds to give up.
    private func connect(_ address: DataAddress, token: Int) {
        world.threads.background { [queue, world] in
            do throws(WeirError) {
                let connection = try world.network.connect(host: address.host, port: address.port)
                queue.post(.connected(token: token, .success(connection)))
            } catch {
                queue.post(.connected(token: token, .failure(error)))
            }
        }
    }

    private func connected(_ token: Int, _ result: Result<any Connection, WeirError>) {
        let attempt = attempts.first { $0.outgoing[token] != nil }
        switch result {
        case .failure(let error): attempt?.fail(error)
        case .success(let connection):
            guard let attempt else { return connection.close() }
            do throws(WeirError) {
                let framed = FramedConnection(
                    connection,
                    peer: connection.peerName,
                    mostPayloadBytes: Self.mostStrangerBytes
                )
                try framed.watch(poller, token: token)
                try attempt.connected(token, framed)
            } catch {
                attempt.fail(error)
            }
        }
    }

    private func remove(where condition: (DataPlaneAttempt) -> Bool) {
        for attempt in attempts where condition(attempt.description) { attempt.close() }
        attempts.removeAll { condition($0.description) }
    }

    private func receive(_ token: Int, _ now: Int64) -> Bool {
        if let stranger = strangers[token] {
            listen(to: stranger)
            return false
        }
        for attempt in attempts {
            if let isBusy = attempt.receive(token: token, now: now) { return isBusy }
        }
        return false
    }

    // MARK: Strangers

    private func accept(_ now: Int64) {
        while let connection = next() {
            lastToken += 1
            let framed = FramedConnection(
                connection,
                peer: connection.peerName,
                mostPayloadBytes: Self.mostStrangerBytes
            )
            guard (try? framed.watch(poller, token: lastToken)) != nil else {
                framed.close()
                continue
            }
            strangers.add(framed, token: lastToken, deadline: now + Self.strangerPatience)
        }
    }

    /// The next connection that waits.
    private func next() -> (any Connection)? {
        do throws(WeirError) {
            return try listener.accept()
        } catch {
            // The process may have as many open files as it may: one of nobody's makes room.
            strangers.dropOne()
            return nil
        }
    }

    private func listen(to stranger: Stranger) {
        do throws(WeirError) {
            let connection = stranger.connection
            let received = try connection.receive { frame throws(WeirError) in
                guard stranger.claim == nil else {
                    throw connection.violation("more than a hello before it was welcome")
                }
                stranger.claim = try DataHandshake.Hello(frame, from: connection)
            }
            if case .end = received { return strangers.drop(stranger) }
            settle(stranger)
        } catch {
            refuse(stranger, error)
        }
    }

    /// Gives a stranger that said hello to its attempt, if that is here.
    private func settle(_ stranger: Stranger) {
        guard let hello = stranger.claim else { return }
        let ofJob = attempts.filter { $0.description.job == hello.job }
        do throws(WeirError) {
            if let attempt = ofJob.first(where: { $0.description.attempt == hello.attempt }) {
                try attempt.welcome(hello, stranger.connection, token: stranger.token)
                strangers.remove(stranger)
            } else if ofJob.contains(where: { $0.description.attempt > hello.attempt }) {
                throw stranger.connection.violation("a hello of an attempt that is over")
            }
        } catch {
            refuse(stranger, error)
        }
    }

    private func refuse(_ stranger: Stranger, _ error: WeirError) {
        stranger.connection.send(
            kind: DataHandshake.Kind.refusal.rawValue,
            epoch: stranger.claim?.attempt.number ?? 0
        ) { $0.append(string: error.message) }
        // It may be gone; then nobody needs to be told.
        try? stranger.connection.flush()
        strangers.drop(stranger)
    }

    private func shutDown() {
        remove { _ in true }
        strangers.dropAll()
        poller.forget(listener)
        listener.close()
    }
}

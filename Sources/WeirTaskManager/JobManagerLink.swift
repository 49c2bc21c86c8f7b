import WeirControl
import WeirCore
import WeirTransport

/// What a task manager has to do with its job manager: when to connect, to register, to tell that it
/// lives, and when to give a connection up.
///
/// A value that turns events into actions; times in nanoseconds.
package struct JobManagerLink: Sendable {
    /// What happens.
    package enum Event: Sendable {
        case connected
        case connectionFailed
        /// A leader has said under which number to register.
        case challenged(LeaderEpoch, UInt64)
        case welcome(LeaderEpoch, heartbeat: Int64, lease: Int64)
        case refused(String)
        /// Something came from the job manager.
        case heard
        case connectionLost
        case timePassed
    }

    /// What is to be done, in order.
    package enum Action: Sendable, Equatable {
        case connect
        case register(LeaderEpoch, challenge: UInt64)
        case sendHeartbeat
        case drop
        case notice(String)
    }

    fileprivate enum State: Sendable {
        case waiting(until: Int64)
        case connecting
        case registering(deadline: Int64)
        case registered(heartbeatAt: Int64, lostAt: Int64)
    }

    /// The shortest and the longest wait before it is tried again to connect.
    static let firstWait: Int64 = 20_000_000
    static let longestWait: Int64 = 1_000_000_000
    /// The longest lease, and time between two signs of life, that a job manager can ask for: a day.
    private static let longestLease: Int64 = 86_400_000_000_000
    /// How long an answer to a registration may take, and at first where there are others to be asked.
    static let registrationPatience: Int64 = 5_000_000_000
    static let firstPatience: Int64 = 1_000_000_000

    private var state = State.waiting(until: .min)
    private var wait = JobManagerLink.firstWait
    private var heartbeat: Int64 = 1_000_000_000
    private var lease: Int64 = 3_000_000_000
    private var hasToldLoss = false
    /// Places where a job manager may lead.
    private let addressCount: Int
    /// Which of them is to be connected to.
    package private(set) var address = 0
    /// Connections in a row that led to no registration.
    private var failures = 0
    /// The leader that it is or was registered with; it only grows.
    package private(set) var epoch = LeaderEpoch.none

    /// A link that is about to connect, to one address after the other.
    package init(addressCount: Int = 1) { self.addressCount = max(1, addressCount) }

    /// Whether the job manager knows of this task manager.
    package var isRegistered: Bool {
        if case .registered = state { return true }
        return false
    }

    /// When `timePassed` is to be told; nil: not before another event.
    package var deadline: Int64? {
        switch state {
        case .waiting(let until): until
        case .connecting: nil
        case .registering(let deadline): deadline
        case .registered(let heartbeatAt, let lostAt): min(heartbeatAt, lostAt)
        }
    }

    /// Takes an event at a monotonic time; the actions are to be done in order.
    package mutating func handle(_ event: Event, at now: Int64) -> [Action] {
        #if Sabotage
        TransitionCoverage.note("JobManagerLink", state.name, event.name)
        #endif
        switch (event, state) {
        case (.timePassed, .waiting(let until)) where until <= now:
            state = .connecting
            return [.connect]
        case (.connected, .connecting):
            state = .registering(deadline: now + patience)
            return []
        case (.connectionFailed, .connecting): return retry(now, "it cannot be reached")
        case (.challenged(let sent, let challenge), .registering):
            guard sent >= epoch else { return deposed(sent, now) }
            return [.register(sent, challenge: challenge)]
        case (.welcome(let sent, let heartbeat, let lease), .registering):
            return welcomed(sent, heartbeat, lease, now)
        case (.refused(let reason), .registering), (.refused(let reason), .registered):
            return [.drop] + retry(now, reason)
        case (.heard, .registered(let heartbeatAt, _)):
            state = .registered(heartbeatAt: heartbeatAt, lostAt: now + lease)
            return []
        case (.connectionLost, .registering), (.connectionLost, .registered):
            return [.drop] + retry(now, "the connection is lost")
        case (.timePassed, .registering(let deadline)) where deadline <= now:
            return [.drop] + retry(now, "it does not answer")
        case (.timePassed, .registered(let heartbeatAt, let lostAt)):
            if lostAt <= now { return [.drop] + retry(now, "it has been silent for too long") }
            guard heartbeatAt <= now else { return [] }
            state = .registered(heartbeatAt: now + heartbeat, lostAt: lostAt)
            return [.sendHeartbeat]
        default: return []
        }
    }

    private mutating func welcomed(
        _ sent: LeaderEpoch,
        _ heartbeat: Int64,
        _ lease: Int64,
        _ now: Int64
    ) -> [Action] {
        guard sent >= epoch else { return deposed(sent, now) }
        epoch = sent
        self.heartbeat = min(max(1_000_000, heartbeat), Self.longestLease)
        self.lease = min(max(self.heartbeat, lease), Self.longestLease)
        wait = Self.firstWait
        failures = 0
        hasToldLoss = false
        state = .registered(heartbeatAt: now + self.heartbeat, lostAt: now + self.lease)
        return []
    }

    private mutating func deposed(_ sent: LeaderEpoch, _ now: Int64) -> [Action] {
        [.drop] + retry(now, "it is no leader any more: its epoch is \(sent), not \(epoch)")
    }

    /// A job manager that was frozen takes connections and says nothing: the others are not to wait for it.
    private var patience: Int64 {
        guard addressCount > 1 else { return Self.registrationPatience }
        let rounds = min(failures / addressCount, 3)
        return min(Self.registrationPatience, Self.firstPatience << rounds)
    }

    /// The next address is tried soon, and the first one again later each time.
    private mutating func retry(_ now: Int64, _ reason: String) -> [Action] {
        address = (address + 1) % addressCount
        failures += 1
        if failures % addressCount == 0 {
            state = .waiting(until: now + wait)
            wait = min(2 * wait, Self.longestWait)
        } else {
            state = .waiting(until: now + Self.firstWait)
        }
        guard !hasToldLoss else { return [] }
        hasToldLoss = true
        return [.notice("the job manager is not there: \(reason); trying again")]
    }
}

#if Sabotage
extension JobManagerLink.State {
    /// For `TransitionCoverage`, which is told of each turn.
    fileprivate var name: String {
        switch self {
        case .waiting: "waiting"
        case .connecting: "connecting"
        case .registering: "registering"
        case .registered: "registered"
        }
    }
}

extension JobManagerLink.Event {
    /// For `TransitionCoverage`, which is told of each turn.
    fileprivate var name: String {
        switch self {
        case .connected: "connected"
        case .connectionFailed: "connectionFailed"
        case .challenged: "challenged"
        case .welcome: "welcome"
        case .refused: "refused"
        case .heard: "heard"
        case .connectionLost: "connectionLost"
        case .timePassed: "timePassed"
        }
    }
}
#endif

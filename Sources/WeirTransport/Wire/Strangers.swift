import WeirCore

/// Connections that have not shown whose they are, of which a port holds a bounded number.
///
/// `Claim` is what a peer says of itself until somebody takes it. Past the limit the oldest one goes
/// that has said nothing yet, and only if there is none the oldest of all: so a peer that speaks at once
/// is heard, however many others connect and stay silent. Belongs to one thread.
public struct Strangers<Claim> {
    /// One of them.
    public final class Stranger {
        /// What it is watched under.
        public let token: Int
        /// The connection.
        public let connection: FramedConnection
        /// When it goes, in monotonic nanoseconds.
        public let deadline: Int64
        /// What it is to repeat; 0 where nothing is.
        public let challenge: UInt64
        /// What it said; nil before that.
        public var claim: Claim?

        init(token: Int, connection: FramedConnection, deadline: Int64, challenge: UInt64) {
            self.token = token
            self.connection = connection
            self.deadline = deadline
            self.challenge = challenge
        }
    }

    /// In the order in which they came.
    public private(set) var all: [Stranger] = []
    /// Past so many one goes.
    private let most: Int

    /// None yet; `most` are held.
    public init(most: Int) { self.most = most }

    /// When the next one goes; nil if there is none.
    public var deadline: Int64? { all.lazy.map(\.deadline).min() }

    /// The one with this token.
    public subscript(token: Int) -> Stranger? { all.first { $0.token == token } }

    /// Takes one in that is to show itself until `deadline`.
    public mutating func add(
        _ connection: FramedConnection,
        token: Int,
        deadline: Int64,
        challenge: UInt64 = 0
    ) {
        if all.count >= most { dropOne() }
        all.append(
            Stranger(
                token: token,
                connection: connection,
                deadline: deadline,
                challenge: challenge
            )
        )
    }

    /// Closes the one that is most likely to be nobody; whether there was one.
    ///
    /// Also where the process has no room for a further connection.
    @discardableResult
    public mutating func dropOne() -> Bool {
        guard let victim = all.first(where: { $0.claim == nil }) ?? all.first else { return false }
        drop(victim)
        return true
    }

    /// Closes one.
    public mutating func drop(_ stranger: Stranger) {
        stranger.connection.close()
        remove(stranger)
    }

    /// Forgets one that somebody has taken.
    public mutating func remove(_ stranger: Stranger) { all.removeAll { $0 === stranger } }

    /// Closes those whose time is over.
    public mutating func dropOverdue(at now: Int64) {
        for stranger in all where stranger.deadline <= now { drop(stranger) }
    }

    /// Closes all.
    public mutating func dropAll() {
        for stranger in all { stranger.connection.close() }
        all = []
    }
}

@available(*, unavailable)
extension Strangers: Sendable {}

@available(*, unavailable)
extension Strangers.Stranger: Sendable {}

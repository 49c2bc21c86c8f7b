import WeirCore

/// When a job manager asks for the lease, when it renews it, and when it has to take it for lost.
///
/// A value that turns events into actions; times in monotonic nanoseconds. A lease counts from when it was
/// asked for, not from the answer, and as lost after two thirds of its time: the store's clock may be
/// faster, and nobody else can lead before the whole time is over.
package struct LeaseHolder: Sendable {
    package enum Event: Sendable {
        /// It was asked for the lease at `sent`.
        case granted(Lease, sent: Int64)
        case taken(by: String)
        case refused(WeirError)
        /// It was asked to renew the lease at `sent`; whether it was.
        case renewed(Bool, sent: Int64)
        case notRenewed(WeirError)
        /// The fence was found closed.
        case closed
        case timePassed
    }

    package enum Action: Sendable, Equatable {
        /// Ask for the lease.
        case acquire
        /// Renew it.
        case renew(Lease)
        /// Lead, until then at first.
        case lead(Lease, until: Int64)
        /// The lease holds until then.
        case extend(until: Int64)
        /// A lease that came too late to be used.
        case release(Lease)
        /// Lead no more.
        case depose(WeirError)
        case notice(String)
    }

    private enum State: Sendable {
        case standingBy(askAt: Int64)
        case asking
        case leading(Lease, renewAt: Int64, until: Int64)
        case renewing(Lease, until: Int64)
        case deposed
    }

    /// The pause of one that stands by, and after a store that does not answer.
    static let pause: Int64 = 200_000_000
    /// How long a lease is asked for.
    package let duration: Int64
    private var state = State.standingBy(askAt: .min)
    /// What was told last, so that it is told once.
    private var told = ""

    /// One that is about to ask.
    package init(duration: Int64) { self.duration = duration }

    /// How long a lease may be used.
    private var usable: Int64 { duration / 3 * 2 }

    /// When `timePassed` is to be told; nil: not before another event.
    package var deadline: Int64? {
        switch state {
        case .standingBy(let askAt): askAt
        case .leading(_, let renewAt, let until): min(renewAt, until)
        case .asking, .renewing, .deposed: nil
        }
    }

    /// The lease by which it leads; nil: it does not.
    package var lease: Lease? {
        switch state {
        case .leading(let lease, _, _), .renewing(let lease, _): lease
        case .standingBy, .asking, .deposed: nil
        }
    }

    /// Takes an event; the actions are to be done in order.
    package mutating func handle(_ event: Event, at now: Int64) -> [Action] {
        switch (event, state) {
        case (.timePassed, .standingBy(let askAt)) where askAt <= now:
            state = .asking
            return [.acquire]
        case (.granted(let lease, let sent), .asking): return granted(lease, sent, now)
        case (.taken(let leader), .asking):
            state = .standingBy(askAt: now + Self.pause)
            return tell("standing by: \(leader) leads")
        case (.refused(let error), .asking):
            state = .standingBy(askAt: now + Self.pause)
            return tell("standing by: \(error)")
        case (.timePassed, .leading(let lease, let renewAt, let until)):
            if until <= now { return depose("Its lease was not renewed for too long.") }
            guard renewAt <= now else { return [] }
            state = .renewing(lease, until: until)
            return [.renew(lease)]
        case (.renewed(true, let sent), .renewing(let lease, let until)):
            let next = max(until, sent + usable)
            if next <= now { return depose("Its lease was not renewed for too long.") }
            told = ""
            state = .leading(lease, renewAt: now + duration / 6, until: next)
            return [.extend(until: next)]
        case (.renewed(false, _), .renewing): return depose("Its lease is over.")
        case (.notRenewed(let error), .renewing(let lease, let until)):
            if until <= now { return depose("Its lease could not be renewed: \(error.message)") }
            state = .leading(lease, renewAt: now + Self.pause, until: until)
            return tell("the lease is not renewed, and tried again: \(error)")
        case (.closed, .leading), (.closed, .renewing):
            return depose("Its lease has run out, or another one leads.")
        default: return []
        }
    }

    private mutating func granted(_ lease: Lease, _ sent: Int64, _ now: Int64) -> [Action] {
        let until = sent + usable
        guard until > now else {
            state = .standingBy(askAt: now + Self.pause)
            return [.release(lease)]
        }
        told = ""
        state = .leading(lease, renewAt: now + duration / 6, until: until)
        return [.lead(lease, until: until)]
    }

    private mutating func depose(_ reason: String) -> [Action] {
        state = .deposed
        return [.depose(Fence.lost(reason))]
    }

    private mutating func tell(_ text: String) -> [Action] {
        guard text != told else { return [] }
        told = text
        return [.notice(text)]
    }
}

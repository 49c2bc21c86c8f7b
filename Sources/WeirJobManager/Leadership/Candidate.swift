import WeirCore

/// A job manager's process that wants to lead: it stands by until it does, and renews its lease while it
/// does.
///
/// `LeaseHolder` decides; this thread asks the store, and waits for its answers: nobody else's work is in
/// the way of a renewal.
package final class Candidate: Steppable {
    /// What a candidate tells; called on its thread, which must not be held up.
    package struct Callbacks: Sendable {
        /// It leads.
        package let onLead: @Sendable (Leadership) -> Void
        /// It leads no more, and the process is to end.
        package let onDepose: @Sendable (WeirError) -> Void
        package let onNotice: @Sendable (String) -> Void

        package init(
            onLead: @escaping @Sendable (Leadership) -> Void,
            onDepose: @escaping @Sendable (WeirError) -> Void,
            onNotice: @escaping @Sendable (String) -> Void
        ) {
            self.onLead = onLead
            self.onDepose = onDepose
            self.onNotice = onNotice
        }
    }

    /// The time of a lease, in nanoseconds.
    package static let leaseDuration: Int64 = 3_000_000_000

    private let world: any World
    private let store: any LeaseStore
    private let name: String
    private let callbacks: Callbacks
    private let stops: EventQueue<Void>
    private var holder = LeaseHolder(duration: Candidate.leaseDuration)
    private var fence: Fence?
    private var isStopped = false

    private init(
        _ world: any World,
        _ store: any LeaseStore,
        _ name: String,
        _ callbacks: Callbacks,
        _ stops: EventQueue<Void>
    ) {
        self.world = world
        self.store = store
        self.name = name
        self.callbacks = callbacks
        self.stops = stops
    }

    /// Starts a candidate; `name` is what others are told of the leader.
    package static func start(
        _ world: any World,
        _ store: any LeaseStore,
        as name: String,
        _ callbacks: Callbacks
    ) -> RunningCandidate {
        let parker = world.threads.makeParker()
        let stops = EventQueue<Void>(parker: parker)
        let thread = world.threads.run(name: "weir-lease", parker: parker) {
            Candidate(world, store, name, callbacks, stops)
        }
        return RunningCandidate(stops: stops, thread: thread)
    }

    package func step() -> StepOutcome {
        if !stops.takeAll().isEmpty {
            resign()
            return .finished
        }
        let now = world.clock.monotonicNanoseconds()
        if fence?.isOpen == false { tell(.closed, now) }
        if !isStopped { tell(.timePassed, now) }
        if isStopped { return .finished }
        return .park(until: holder.deadline)
    }

    private func tell(_ event: LeaseHolder.Event, _ now: Int64) {
        for action in holder.handle(event, at: now) { perform(action) }
    }

    private func perform(_ action: LeaseHolder.Action) {
        switch action {
        case .acquire: acquire()
        case .renew(let lease): renew(lease)
        case .lead(let lease, let until): lead(lease, until)
        case .extend(let until): fence?.extend(until: until)
        case .release(let lease): release(lease)
        case .notice(let text): callbacks.onNotice(text)
        case .depose(let error):
            fence?.close()
            #if Sabotage
            if Sabotage.leaderFenceOff.isActive { return isStopped = true }
            #endif
            isStopped = true
            callbacks.onDepose(error)
        }
    }

    private func acquire() {
        let sent = world.clock.monotonicNanoseconds()
        let event: LeaseHolder.Event
        do throws(WeirError) {
            switch try store.acquire(for: holder.duration, as: name) {
            case .granted(let lease): event = .granted(lease, sent: sent)
            case .taken(let leader): event = .taken(by: leader)
            }
        } catch {
            event = .refused(error)
        }
        tell(event, world.clock.monotonicNanoseconds())
    }

    private func renew(_ lease: Lease) {
        let sent = world.clock.monotonicNanoseconds()
        let event: LeaseHolder.Event
        do throws(WeirError) {
            event = .renewed(try store.renew(lease), sent: sent)
        } catch {
            event = .notRenewed(error)
        }
        tell(event, world.clock.monotonicNanoseconds())
    }

    private func lead(_ lease: Lease, _ until: Int64) {
        let fence = Fence(world.clock, heldUntil: until)
        self.fence = fence
        let records = LeasedRecords(
            store: store,
            lease: lease,
            fence: fence,
            world: world
        )
        callbacks.onLead(Leadership(epoch: lease.epoch, fence: fence, records: records))
    }

    /// Gives the lease up, after which nothing is done that needs it.
    private func resign() {
        fence?.close()
        if let lease = holder.lease { release(lease) }
    }

    private func release(_ lease: Lease) {
        do throws(WeirError) {
            try store.release(lease)
        } catch {
            callbacks.onNotice("the lease could not be given up, and runs out: \(error)")
        }
    }
}

/// A candidate that was started.
package final class RunningCandidate: Sendable {
    private let stops: EventQueue<Void>
    private let thread: any RunningThread

    init(stops: EventQueue<Void>, thread: any RunningThread) {
        self.stops = stops
        self.thread = thread
    }

    /// Has it lead no more, and others at once.
    package func resign() { stops.post(()) }

    /// Waits for its end.
    package func wait() { thread.join() }
}

import Synchronization
import WeirCore

/// Tells a leader whether it leads: asked just before everything that two must not do.
///
/// It is decided here, by the monotonic clock: a process that was frozen for longer than its lease sees it
/// in the first thing that it wants to do. Once closed, a fence stays closed.
package final class Fence: Sendable {
    private struct State {
        /// Monotonic nanoseconds.
        var heldUntil: Int64
        var isClosed = false
    }

    private let clock: any Clock
    private let state: Mutex<State>

    /// A fence that is open until a time, in monotonic nanoseconds.
    package init(_ clock: any Clock, heldUntil: Int64) {
        self.clock = clock
        state = Mutex(State(heldUntil: heldUntil))
    }

    /// The fence of a leader whom a lock protects: open while the process lives.
    package static func locked(_ clock: any Clock) -> Fence { Fence(clock, heldUntil: .max) }

    /// The lease is confirmed: the fence is open until then, unless it was closed.
    package func extend(until time: Int64) {
        state.withLock { $0.heldUntil = max($0.heldUntil, time) }
    }

    /// Closes it.
    package func close() {
        #if Sabotage
        if Sabotage.leaderFenceOff.isActive { return }
        #endif
        state.withLock { $0.isClosed = true }
    }

    /// Whether the process leads now.
    package var isOpen: Bool {
        #if Sabotage
        if Sabotage.leaderFenceOff.isActive { return true }
        #endif
        let now = clock.monotonicNanoseconds()
        return state.withLock { state in
            if now >= state.heldUntil { state.isClosed = true }
            return !state.isClosed
        }
    }

    /// Whether it was closed, or found closed.
    package var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Refuses what a process that does not lead must not do.
    ///
    /// - Throws: `leadershipLost`.
    package func check() throws(WeirError) {
        guard isOpen else { throw Self.lost("Its lease has run out, or another one leads.") }
    }

    /// The error of a leader that leads no more.
    package static func lost(_ reason: String) -> WeirError {
        WeirError(
            .leadershipLost,
            "This job manager leads no more.",
            reason: reason,
            fix: "Nothing: it ends, and another one goes on. A supervisor starts it again to "
                + "stand by."
        )
    }
}

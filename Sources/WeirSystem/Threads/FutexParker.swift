import WeirCore

/// Parks one thread on a futex.
///
/// ```
///            park                    futex returns
///   awake ──────────▶ sleeping ───────────────────▶ awake
///     │ wake              │ wake (and futex wake)      ▲
///     └────▶ notified ◀───┘                            │
///                └──────────── park returns at once ───┘
/// ```
/// `wake` is one atomic exchange unless the thread sleeps: a producer can call it for each batch.
/// The exchange is a full barrier, so whatever the waker wrote before is seen by whoever finds
/// `notified`: no wake-up is lost.
final class FutexParker: Parker {
    private static let awake: UInt32 = 0
    private static let sleeping: UInt32 = 1
    private static let notified: UInt32 = 2

    private let state = FutexWord(FutexParker.awake)

    func park(until deadline: Int64?) {
        if state.replace(Self.awake, by: Self.sleeping) {
            while state.load() == Self.sleeping {
                if !state.sleep(while: Self.sleeping, until: deadline) { break }
            }
        }
        // A wake that arrives between the deadline and here is consumed: the caller runs anyway.
        _ = state.exchange(Self.awake)
    }

    func wake() {
        if state.exchange(Self.notified) == Self.sleeping { state.wake(1) }
    }
}

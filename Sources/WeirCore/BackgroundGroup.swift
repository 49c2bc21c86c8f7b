import Synchronization

/// Work on I/O threads that ends before its owner does: that of an attempt, or of a job's control.
///
/// Folds, spills and uploads use the directories of their attempt, so these may only be removed, and
/// the process may only end in order, when the last of it is over.
public final class BackgroundGroup: Sendable {
    /// Nanoseconds after which whoever waits says so, and again after each further time.
    public static let patience: Int64 = 10_000_000_000

    /// Looked at by work that takes long.
    public let cancellation = Cancellation()
    private let threads: any ThreadHost
    private let clock: any Clock
    private let parker: any Parker
    /// Pieces of work that have not ended, begun or not.
    private let unfinished = Atomic<Int>(0)

    /// A group without work.
    public init(threads: any ThreadHost, clock: any Clock) {
        self.threads = threads
        self.clock = clock
        parker = threads.makeParker()
    }

    /// Runs `work` on an I/O thread; work that is still queued when the group is cancelled never begins.
    public func run(_ work: @escaping @Sendable () -> Void) {
        unfinished.add(1, ordering: .relaxed)
        let piece = Piece(work)
        threads.background { [self] in
            piece.run(unless: cancellation)
            if unfinished.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
                parker.wake()
            }
        }
    }

    /// Waits until nothing runs and nothing that the work held is in use; one thread at a time.
    ///
    /// - Parameter stillWaiting: Called with the number of pieces, each time `patience` has passed.
    public func wait(stillWaiting: (Int) -> Void) {
        var next = clock.monotonicNanoseconds() + Self.patience
        while true {
            let count = unfinished.load(ordering: .acquiring)
            if count == 0 { return }
            if clock.monotonicNanoseconds() >= next {
                stillWaiting(count)
                next += Self.patience
            }
            parker.park(until: next)
        }
    }
}

/// Work that is let go of before its end is told: its last reference may close a database.
private final class Piece: Sendable {
    private let work: Mutex<(@Sendable () -> Void)?>

    init(_ work: @escaping @Sendable () -> Void) { self.work = Mutex(work) }

    @inline(never)
    func run(unless cancellation: Cancellation) {
        let taken = work.withLock { work in
            defer { work = nil }
            return work
        }
        if !cancellation.isCancelled { taken?() }
    }
}

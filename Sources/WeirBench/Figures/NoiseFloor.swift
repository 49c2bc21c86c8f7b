import Synchronization
import WeirCore

/// How late the machine wakes a thread that asked for a moment: no measurement beside it is better.
public final class NoiseFloor: Sendable {
    private static let period: Int64 = 1_000_000
    private let record = Mutex<[(at: Int64, late: Int64)]>([])
    private let isEnding = Atomic(false)
    private let world: any World

    /// Begins to watch, in a thread that wakes each millisecond.
    public init(world: any World) {
        self.world = world
        _ = world.threads.run(name: "noise", parker: world.threads.makeParker()) { [self] in
            Watch(self)
        }
    }

    /// Ends the watch.
    public func end() { isEnding.store(true, ordering: .relaxed) }

    /// How late the wake-ups between two moments (monotonic nanoseconds) were, in nanoseconds.
    public func lateness(from start: Int64, to end: Int64) -> Percentiles {
        record.withLock { record in
            Percentiles(record.filter { $0.at > start && $0.at <= end }.map(\.late))
        }
    }

    private final class Watch: Steppable {
        private let floor: NoiseFloor
        private var due: Int64 = 0

        init(_ floor: NoiseFloor) { self.floor = floor }

        func step() -> StepOutcome {
            if floor.isEnding.load(ordering: .relaxed) { return .finished }
            let now = floor.world.clock.monotonicNanoseconds()
            if due > 0, now >= due {
                floor.record.withLock { $0.append((now, now - due)) }
            }
            if now >= due { due = now + NoiseFloor.period }
            return .park(until: due)
        }
    }
}

import Synchronization
import WeirCore

/// A world that is only a clock, which the test moves; nothing else may be used.
final class ManualWorld: World {
    let manualClock = ManualClock()
    var clock: any Clock { manualClock }
    var random: any RandomSource { preconditionFailure("No chance here.") }
    var files: any FileSystem { preconditionFailure("No disk here.") }
    var threads: any ThreadHost { preconditionFailure("No threads here.") }
    var network: any Network { preconditionFailure("No network here.") }
    var processes: any ProcessHost { preconditionFailure("No processes here.") }
}

/// A clock that stands still until it is moved.
final class ManualClock: Clock {
    private let nanoseconds = Mutex<Int64>(1_000_000_000)

    func monotonicNanoseconds() -> Int64 { nanoseconds.withLock { $0 } }
    func wallMilliseconds() -> Int64 { monotonicNanoseconds() / 1_000_000 }

    /// Moves the time on.
    func advance(_ duration: Duration) {
        nanoseconds.withLock { $0 += duration.nanoseconds }
    }
}

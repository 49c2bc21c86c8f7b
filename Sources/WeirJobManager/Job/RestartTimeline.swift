import WeirCore

/// Where the time of a restart goes, for people.
struct RestartTimeline {
    /// What a restart consists of, in order.
    private enum Part: String {
        case ending = "until its tasks had ended"
        case waiting = "waiting"
        case choosing = "choosing a checkpoint"
        case starting = "until all tasks ran again"
    }

    private let start: Int64
    private var last: Int64
    private var parts: [(part: Part, nanoseconds: Int64)] = []

    /// An attempt was given up at `now` (monotonic nanoseconds).
    init(at now: Int64) {
        start = now
        last = now
    }

    /// The attempt's tasks had ended.
    mutating func tasksEnded(at now: Int64) { add(.ending, now) }

    /// The next attempt begins.
    mutating func choiceBegan(at now: Int64) { add(.waiting, now) }

    /// It is known what it starts from.
    mutating func chose(at now: Int64) { add(.choosing, now) }

    /// All its tasks run; tells how long all of it took.
    mutating func tasksRan(at now: Int64) -> String {
        add(.starting, now)
        let all = parts.map { "\($0.nanoseconds / 1_000_000) ms \($0.part.rawValue)" }
        return "the job runs again after \((now - start) / 1_000_000) ms: "
            + all.joined(separator: ", ")
    }

    private mutating func add(_ part: Part, _ now: Int64) {
        parts.append((part, now - last))
        last = now
    }
}

extension JobMaster {
    /// All tasks of the attempt run.
    func allTasksRan() {
        guard var timeline else { return }
        onNotice(timeline.tasksRan(at: world.clock.monotonicNanoseconds()))
        self.timeline = nil
    }
}

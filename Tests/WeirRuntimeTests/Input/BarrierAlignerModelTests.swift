import Testing
import WeirCore
import WeirRuntime

/// A task of three channels that does what the aligner says, and remembers which rows it took.
private struct ModelTask: Hashable {
    enum Element: Hashable {
        case row
        case barrier(UInt64)
        case end
    }

    /// What a snapshot of one checkpoint contains.
    struct Snapshot: Hashable {
        /// Rows of each channel that the frozen state has seen.
        var seen: [Int]
        /// Rows of each channel that were recorded after.
        var recorded: [Int]
        var recording: Set<Int>
        var isComplete = false
    }

    static let script: [Element] = [.row, .barrier(1), .row, .barrier(2), .end]
    static let timeout: Int64 = 100

    var aligner: BarrierAligner
    var positions = [0, 0, 0]
    var rows = [0, 0, 0]
    var blocked: Set<Int> = []
    var snapshots: [UInt64: Snapshot] = [:]
    var ended: [UInt64: String] = [:]
    var hasAborted: Set<UInt64> = []
    var problems: [String] = []

    init(alignedTimeout: Int64) {
        aligner = BarrierAligner(
            channelCount: 3,
            attempt: Attempt(1),
            alignedTimeout: alignedTimeout
        )
    }

    mutating func read(_ channel: Int) {
        let element = Self.script[positions[channel]]
        positions[channel] += 1
        if blocked.contains(channel) { problems.append("read of blocked channel \(channel)") }
        switch element {
        case .row:
            rows[channel] += 1
            for id in snapshots.keys where snapshots[id]?.recording.contains(channel) == true {
                snapshots[id]?.recorded[channel] += 1
            }
        case .barrier(let number):
            perform(
                aligner.barrierReceived(
                    channel: channel,
                    BarrierAlignerTests.barrier(number),
                    now: 0
                )
            )
        case .end:
            perform(aligner.channelFinished(channel: channel))
        }
    }

    mutating func timeOut() {
        perform(aligner.timeoutReached(now: Self.timeout))
    }

    mutating func abort(_ number: UInt64) {
        hasAborted.insert(number)
        perform(aligner.aborted(CheckpointID(number)))
    }

    private mutating func perform(_ actions: [BarrierAligner.Action]) {
        for action in actions {
            switch action {
            case .block(let channel): blocked.insert(channel)
            case .unblockAll: blocked = []
            case .snapshotAligned(let barrier):
                take(barrier.checkpoint.number, recording: [])
                if barrier.isUnaligned { problems.append("aligned snapshot, overtaking barrier") }
            case .overtake(let barrier, let channels):
                take(barrier.checkpoint.number, recording: Set(channels))
                if !barrier.isUnaligned { problems.append("overtaking without the mark") }
            case .channelRecorded(let channel):
                for id in snapshots.keys { snapshots[id]?.recording.remove(channel) }
            case .complete(let id):
                finish(id.number, "complete")
                check(id.number)
            case .abort(let id):
                finish(id.number, "abort")
                snapshots[id.number]?.recording = []
            }
        }
        for channel in 0..<3 where aligner.isBlocked(channel) != blocked.contains(channel) {
            problems.append("channel \(channel): blocked \(blocked.contains(channel))")
        }
    }

    private mutating func take(_ number: UInt64, recording: Set<Int>) {
        if snapshots[number] != nil { problems.append("second snapshot of \(number)") }
        snapshots[number] = Snapshot(seen: rows, recorded: [0, 0, 0], recording: recording)
    }

    private mutating func finish(_ number: UInt64, _ how: String) {
        if let before = ended.updateValue(how, forKey: number) {
            problems.append("\(number) ended twice: \(before), \(how)")
        }
    }

    /// A complete snapshot has each row before the channel's barrier once, and no other.
    private mutating func check(_ number: UInt64) {
        guard let snapshot = snapshots[number] else {
            problems.append("\(number) complete without a snapshot")
            return
        }
        let total = zip(snapshot.seen, snapshot.recorded).map { $0 + $1 }
        if total != [Int](repeating: Int(number), count: 3) {
            problems.append("\(number) has rows \(snapshot.seen) and \(snapshot.recorded)")
        }
        if !snapshot.recording.isEmpty { problems.append("\(number) is still being recorded") }
    }
}

/// Walks over every state that channels, timeout and aborts can lead to, in any order.
private struct Exploration {
    /// States seen: what follows from them is known.
    private var seen: Set<ModelTask> = []
    private(set) var stateCount = 0
    private(set) var failure: String?

    mutating func explore(_ task: ModelTask, aborts: Int, _ trace: [String]) {
        guard failure == nil, seen.insert(task).inserted else { return }
        stateCount += 1
        var isAtEnd = true
        for channel in 0..<3 where task.positions[channel] < ModelTask.script.count {
            if task.aligner.isBlocked(channel) { continue }
            isAtEnd = false
            var next = task
            next.read(channel)
            explore(next, aborts: aborts, trace + ["read \(channel)"])
        }
        if let deadline = task.aligner.deadline, deadline <= ModelTask.timeout {
            var next = task
            next.timeOut()
            explore(next, aborts: aborts, trace + ["timeout"])
        }
        if let pending = task.aligner.pending, task.hasAborted.count < aborts {
            var next = task
            next.abort(pending.number)
            explore(next, aborts: aborts, trace + ["abort \(pending)"])
        }
        let problems = isAtEnd ? task.problemsAtEnd : task.problems
        if !problems.isEmpty { failure = "\(problems) after \(trace)" }
    }
}

extension ModelTask {
    /// What is wrong when nothing more can happen.
    fileprivate var problemsAtEnd: [String] {
        var problems = self.problems
        if positions != [5, 5, 5] { problems.append("stuck at \(positions)") }
        if !blocked.isEmpty { problems.append("blocked at the end: \(blocked.sorted())") }
        for number: UInt64 in 1...2 {
            let outcome = ended[number]
            let isSound =
                outcome == "complete"
                || (outcome == "abort" && (hasAborted.contains(number) || number == 1))
            if !isSound { problems.append("\(number): \(outcome ?? "nothing")") }
        }
        return problems
    }
}

@Suite("Barrier alignment, all interleavings")
struct BarrierAlignerModelTests {
    @Test(
        "each snapshot has every row before the line once, whatever the order, timeout and aborts",
        arguments: [(100, 0), (0, 0), (1000, 2), (100, 2)] as [(Int64, Int)]
    )
    func interleavings(timeout: Int64, aborts: Int) {
        var exploration = Exploration()
        exploration.explore(ModelTask(alignedTimeout: timeout), aborts: aborts, [])
        #expect(exploration.failure == nil)
        #expect(exploration.stateCount > 100, "\(exploration.stateCount) states")
    }
}

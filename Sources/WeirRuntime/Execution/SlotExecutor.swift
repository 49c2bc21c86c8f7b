import WeirControl
import WeirCore
import WeirPlan

/// The thread of a slot: steps its tasks in turn and sleeps when none can move.
public final class SlotExecutor: Steppable {
    private let world: any World
    private let mailbox: SlotMailbox
    private let attempt: Attempt
    private let tasks: [StreamTask]
    private let report: @Sendable (TaskEvent) -> Void
    private let watch: SlotWatch
    private var failed: Set<TaskID> = []
    private var lastReport: Int64 = 0
    private var parkedAt: Int64?

    /// Nanoseconds between reports of counters.
    private static let reportInterval: Int64 = 100_000_000

    init(
        world: any World,
        mailbox: SlotMailbox,
        attempt: Attempt,
        tasks: [StreamTask],
        watch: SlotWatch,
        report: @escaping @Sendable (TaskEvent) -> Void
    ) {
        self.world = world
        self.mailbox = mailbox
        self.attempt = attempt
        self.tasks = tasks
        self.watch = watch
        self.report = report
        for task in tasks { attemptTo(task) { task throws(WeirError) in try task.open() } }
    }

    /// One turn over the mailbox and all tasks.
    public func step() -> StepOutcome {
        let now = world.clock.monotonicNanoseconds()
        if let parkedAt {
            for task in tasks { task.slept(now - parkedAt) }
            self.parkedAt = nil
        }
        for message in mailbox.takeAll() {
            if case .shutDown = message {
                for task in tasks { task.close() }
                return .finished
            }
            handle(message)
        }
        var hasProgressed = false
        var deadline: Int64? = now + SlotExecutor.reportInterval
        for task in tasks where !failed.contains(task.id) {
            watch.begin(task.id)
            defer { watch.end() }
            attemptTo(task) { task throws(WeirError) in
                switch try task.step() {
                case .again: hasProgressed = true
                case .park(let until):
                    if let until { deadline = min(deadline ?? until, until) }
                case .finished: break
                }
            }
        }
        if now - lastReport >= SlotExecutor.reportInterval { reportMetrics(now) }
        if hasProgressed { return .again }
        parkedAt = world.clock.monotonicNanoseconds()
        return .park(until: deadline)
    }

    private func handle(_ message: SlotMailbox.Message) {
        switch message {
        case .trigger(let id, let barrier):
            for task in tasks where task.id == id {
                attemptTo(task) { task throws(WeirError) in try task.trigger(barrier) }
            }
        case .command(let command): handle(command)
        case .backgroundDone(let id, let token, let error):
            for task in tasks where task.id == id {
                attemptTo(task) { task throws(WeirError) in
                    try task.backgroundDone(token: token, error: error)
                    task.wakeSource()
                }
            }
        case .shutDown: break
        }
    }

    private func handle(_ command: TaskCommand) {
        switch command {
        case .completed(let checkpoint, let attempt) where attempt == self.attempt:
            for task in tasks {
                attemptTo(task) { task throws(WeirError) in
                    try task.checkpointCompleted(checkpoint)
                }
            }
        case .aborted(let checkpoint, let attempt) where attempt == self.attempt:
            for task in tasks {
                attemptTo(task) { task throws(WeirError) in
                    try task.checkpointAborted(checkpoint)
                }
            }
        case .stopSources(let drain): for task in tasks { task.stopSource(drain: drain) }
        case .completed, .aborted: break
        }
    }

    /// Runs part of a task; a task that throws is not stepped any more, and its job is told.
    private func attemptTo(_ task: StreamTask, _ body: (StreamTask) throws(WeirError) -> Void) {
        guard !failed.contains(task.id) else { return }
        do throws(WeirError) {
            try body(task)
        } catch {
            failed.insert(task.id)
            report(TaskEvent(task: task.id, attempt: attempt, kind: .failed(error)))
        }
    }

    private func reportMetrics(_ now: Int64) {
        lastReport = now
        for task in tasks {
            report(
                TaskEvent(task: task.id, attempt: attempt, kind: .metrics(task.currentMetrics()))
            )
            let ages = task.takeLatencies()
            if !ages.isEmpty {
                report(TaskEvent(task: task.id, attempt: attempt, kind: .latencies(ages)))
            }
        }
    }
}

import WeirControl
import WeirCore
import WeirJobManager
import WeirSimulation

/// What came of one seed.
public struct CampaignResult: Sendable {
    /// The seed.
    public let seed: UInt64
    /// The hash of all effects, in order.
    public let traceHash: UInt64
    /// What must not be, and was.
    public let violations: [String]
    /// Checkpoints that were completed.
    public let checkpoints: Int
    /// Faults that happened and did something for sure.
    public let faults: Int
    /// Attempts that failed.
    public let restarts: Int
    /// Control messages that were delivered again.
    public let replayedMessages: Int
    /// Rows that came out.
    public let rows: Int
    /// How long it took, in the simulation's nanoseconds.
    public let nanoseconds: Int64
    /// What the cluster told people.
    public let notices: [String]
}

/// Runs one seed: a cluster and a job on it, faults, and the judgement.
public final class CampaignRun {
    /// Checkpoints after which the input may end.
    public static let leastCheckpoints = 3
    /// Nanoseconds from one look at the cluster to the next.
    private static let lookInterval: Int64 = 2_000_000
    private static let longestLookInterval: Int64 = 500_000_000
    /// Nanoseconds after the job's end in which nothing may change any more.
    static let afterLife: Int64 = 20_000_000
    /// Nanoseconds of the simulation in which the job must have ended after the last fault.
    private static let patience: Int64 = 60_000_000_000

    let plan: CampaignPlan
    let cluster: SimulatedCluster
    let monitor: CampaignMonitor
    let job: CampaignJob
    private(set) var injector: FaultInjector?
    private var acts: CampaignActs?
    /// The job that runs now, or ran last.
    var id: JobID?
    private var handoverAt: Int64?
    private var restarts = 0

    /// Prepares a run; `onEffect` is called with each effect of the simulation, as text.
    public init(_ plan: CampaignPlan, onEffect: ((String) -> Void)? = nil) {
        self.plan = plan
        let holder = JobHolder()
        cluster = SimulatedCluster(seed: plan.seed, name: plan.shape.rawValue) { program in
            holder.job?.build(program)
        }
        cluster.world.onEffect = onEffect
        cluster.timeouts = plan.timeouts
        cluster.heartbeat = plan.heartbeat
        monitor = CampaignMonitor(cluster.world.disk)
        job = CampaignJob(plan.shape, seed: plan.seed, monitor: monitor)
        holder.set(job)
    }

    /// Runs it to its end.
    public func run() -> CampaignResult {
        do throws(WeirError) {
            try job.prepare(cluster.world)
            let late = plan.lastTaskManager == nil ? 0 : 1
            try cluster.start(
                taskManagers: plan.taskManagers - late,
                jobManagers: plan.jobManagers
            )
            id = try submit(parallelism: plan.parallelism, from: nil)
            try underFaults()
            try toTheEnd()
        } catch {
            monitor.violated("the run could not go on: \(error)")
        }
        return CampaignResult(
            seed: plan.seed,
            traceHash: cluster.world.traceHash,
            violations: monitor.violations,
            checkpoints: monitor.completed,
            faults: injector?.happened.count(where: \.isCertain) ?? 0,
            restarts: restarts,
            replayedMessages: cluster.replayedMessages,
            rows: job.actual(cluster.world.disk).count,
            nanoseconds: now,
            notices: cluster.notices.all
        )
    }

    private var now: Int64 { cluster.world.clock.monotonicNanoseconds() }

    func look() {
        guard let id else { return }
        monitor.look(at: id)
        if plan.shape == .files {
            monitor.look(atOutput: CampaignJob.outputDirectory, of: id)
        }
    }

    // MARK: Faults

    private func underFaults() throws(WeirError) {
        let injector = FaultInjector(plan.faults, for: cluster)
        self.injector = injector
        if let wait = plan.lastTaskManager {
            injector.addTaskManager(plan.taskManagers - 1, after: wait)
        }
        let acts = CampaignActs(
            plan.acts,
            cluster: cluster,
            injector: injector,
            job: job,
            monitor: monitor
        )
        self.acts = acts
        cluster.whileWaiting = { [unowned self] in pass() }
        handoverAt = plan.handover.map { now + $0.at.wholeNanoseconds }
        let end = now + CampaignPlan.faultTime.wholeNanoseconds
        while now < end {
            let next = [now + Self.lookInterval, injector.next, acts.next, handoverAt, end]
                .compactMap(\.self).min()
            cluster.world.run(for: max(0, (next ?? end) - now))
            try injector.inject()
            if let id { acts.perform(on: id) }
            look()
            if let at = handoverAt, at <= now, let handover = plan.handover {
                handoverAt = nil
                try handOver(handover)
            }
        }
    }

    /// Faults begin and end, and people act, also while something is waited for.
    func pass() {
        do throws(WeirError) { try injector?.inject() } catch {
            monitor.violated("a fault could not happen: \(error)")
        }
        if let id { acts?.perform(on: id) }
        look()
    }

    // MARK: The end

    /// Faults that last on go on beside the rest of the job.
    private func toTheEnd() throws(WeirError) {
        guard let injector else { return }
        let end = now + Self.patience
        var wait = Self.lookInterval
        var hasEnded = false
        while now < end, let id {
            cluster.world.run(for: max(0, min(now + wait, injector.next ?? .max) - now))
            try injector.inject()
            acts?.perform(on: id)
            look()
            // A leader that is frozen wakes while the job still runs.
            let isOver = plan.jobManagers == 1 || injector.next == nil
            if !hasEnded, isOver, monitor.completed >= Self.leastCheckpoints {
                hasEnded = true
                job.endInput()
            }
            switch cluster.report(id)?.state {
            case .finished: return try finished()
            case .failed:
                guard let failure = cluster.report(id)?.failure, job.errors.explains(failure)
                else {
                    let reason = cluster.report(id)?.failure.map { "\($0)" } ?? ""
                    return monitor.violated("the job failed: \(reason)")
                }
                // Who runs it starts it again.
                try goOn(after: id, from: monitor.newest(of: id), parallelism: plan.parallelism)
            case .canceled: return monitor.violated("the job was cancelled, and nobody did it")
            case .created, .running, .restarting, .cancelling, nil: break
            }
            if hasEnded { wait = min(2 * wait, Self.longestLookInterval) }
        }
        monitor.violated("the job did not end within \(Self.patience / 1_000_000_000) s")
    }

    /// What still stands still or is cut off comes back, and must change nothing.
    private func finished() throws(WeirError) {
        noteRestarts()
        try injector?.endAll()
        cluster.world.run(for: Self.afterLife)
        look()
        judge()
    }

    private func judge() {
        let actual = job.actual(cluster.world.disk)
        let ledger = Ledger(expected: job.expected, actual: actual)
        if !ledger.isBalanced { monitor.violated("\(ledger)") }
        if monitor.completed < Self.leastCheckpoints {
            monitor.violated("only \(monitor.completed) checkpoints were completed")
        }
    }

    func noteRestarts() {
        if let id, let report = cluster.report(id) { restarts += report.status.restarts }
    }
}

/// The job, which is made after the cluster that runs it.
private final class JobHolder: Sendable {
    private let made = Record<CampaignJob>()

    var job: CampaignJob? { made.all.first }

    func set(_ job: CampaignJob) { made.add(job) }
}

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
    /// Faults that happened.
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
    private static let afterLife: Int64 = 20_000_000
    /// Nanoseconds of the simulation in which the job must have ended after the last fault.
    private static let patience: Int64 = 600_000_000_000

    private let plan: CampaignPlan
    private let cluster: SimulatedCluster
    private let monitor: CampaignMonitor
    private let job: CampaignJob
    private var injector: FaultInjector?
    private var id: JobID?
    private var rescaleAt: Int64?
    private var restarts = 0

    /// Prepares a run; `onEffect` is called with each effect of the simulation, as text.
    public init(_ plan: CampaignPlan, onEffect: ((String) -> Void)? = nil) {
        self.plan = plan
        let holder = JobHolder()
        cluster = SimulatedCluster(seed: plan.seed, name: plan.shape.rawValue) { program in
            holder.job?.build(program)
        }
        cluster.world.onEffect = onEffect
        monitor = CampaignMonitor(cluster.world.disk)
        job = CampaignJob(plan.shape, seed: plan.seed, monitor: monitor)
        holder.set(job)
    }

    /// Runs it to its end.
    public func run() -> CampaignResult {
        do throws(WeirError) {
            try job.prepare(cluster.world)
            try cluster.start(taskManagers: plan.taskManagers, jobManagers: plan.jobManagers)
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
            faults: injector?.happened.count ?? 0,
            restarts: restarts,
            replayedMessages: cluster.replayedMessages,
            rows: job.actual(cluster.world.disk).count,
            nanoseconds: now,
            notices: cluster.notices.all
        )
    }

    private var now: Int64 { cluster.world.clock.monotonicNanoseconds() }

    private func look() {
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
        cluster.whileWaiting = { [unowned self] in passFaults() }
        rescaleAt = plan.rescale.map { now + $0.at.wholeNanoseconds }
        let end = now + CampaignPlan.faultTime.wholeNanoseconds
        while now < end {
            let next = min(now + Self.lookInterval, injector.next ?? .max, rescaleAt ?? .max, end)
            cluster.world.run(for: max(0, next - now))
            try injector.inject()
            look()
            if let at = rescaleAt, at <= now { try rescale() }
        }
    }

    /// Faults begin and end also while something is waited for.
    private func passFaults() {
        do throws(WeirError) { try injector?.inject() } catch {
            monitor.violated("a fault could not happen: \(error)")
        }
        look()
    }

    /// Ends the job with a snapshot and starts it again from there; if there is none, it goes on.
    private func rescale() throws(WeirError) {
        rescaleAt = nil
        guard let former = id, let plan = plan.rescale else { return }
        let taken = try plan.stops ? stop(former) : saveAndCancel(former)
        guard let taken else { return }
        noteRestarts()
        job.handOver()
        if taken == .none, self.plan.shape == .files {
            // A job that begins anew is refused while a frozen process still holds the directory: somebody
            // starts it when the machines are back.
            try injector?.endAll()
            cluster.world.run(for: Self.afterLife)
        }
        let next = try submit(
            parallelism: plan.parallelism,
            from: taken == .none
                ? nil : "\(CampaignMonitor.jobs)/\(former)/checkpoints/chk-\(taken)"
        )
        monitor.starts(next, from: taken)
        id = next
    }

    /// Hands the job in, again where a disk's fault stands in the way, as a client does.
    private func submit(parallelism: Int, from snapshot: String?) throws(WeirError) -> JobID {
        var failure: WeirError?
        for round in 0..<200 {
            do throws(WeirError) {
                return try cluster.submit(
                    parallelism: parallelism,
                    settings: plan.settings,
                    from: snapshot
                )
            } catch  where error.code == .fileFailed || error.code == .diskFull {
                failure = error
                cluster.world.run(for: 50_000_000)
                passFaults()
                // Some last until somebody ends them.
                if round == 20 { try injector?.endAll() }
            }
        }
        throw failure ?? WeirError(.jobFailed, "The job was not handed in.")
    }

    /// Stops a job with a last checkpoint, which is returned; nil: it goes on or has come to its end.
    private func stop(_ former: JobID) throws(WeirError) -> CheckpointID? {
        do throws(WeirError) {
            try cluster.stop(former, drain: false)
        } catch let error where error.code == .unknownJob {
            return nil
        }
        guard let end = cluster.runToEnd(former) else {
            monitor.violated("job \(former) did not end after it was stopped")
            return nil
        }
        look()
        // A stop may fail, of which the job then dies.
        let isWhole = cluster.world.disk.peek(CampaignJob.outputDirectory + "/_SUCCESS") != nil
        return end == .finished && isWhole ? nil : monitor.newest(of: former)
    }

    /// Takes a savepoint and cancels a job; nil: it goes on or has come to its end.
    private func saveAndCancel(_ former: JobID) throws(WeirError) -> CheckpointID? {
        let savepoint: CheckpointID
        do throws(WeirError) {
            savepoint = try cluster.savepoint(former)
        } catch {
            return nil
        }
        do throws(WeirError) {
            try cluster.cancel(former)
        } catch let error where error.code == .unknownJob {
            // A job manager that was asked before has done it, and could not say so.
        }
        switch cluster.runToEnd(former) {
        case .canceled: break
        case .finished, .failed: return nil
        default:
            monitor.violated("job \(former) did not end after it was cancelled")
            return nil
        }
        monitor.keeps(savepoint, of: former)
        return savepoint
    }

    // MARK: The end

    /// Faults that last on go on beside the rest of the job.
    private func toTheEnd() throws(WeirError) {
        guard let id, let injector else { return }
        let end = now + Self.patience
        var wait = Self.lookInterval
        var hasEnded = false
        while now < end {
            cluster.world.run(for: max(0, min(now + wait, injector.next ?? .max) - now))
            try injector.inject()
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
                let reason = cluster.report(id)?.failure.map { "\($0)" } ?? ""
                return monitor.violated("the job failed: \(reason)")
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

    private func noteRestarts() {
        if let id, let report = cluster.report(id) { restarts += report.status.restarts }
    }
}

/// The job, which is made after the cluster that runs it.
private final class JobHolder: Sendable {
    private let made = Record<CampaignJob>()

    var job: CampaignJob? { made.all.first }

    func set(_ job: CampaignJob) { made.add(job) }
}

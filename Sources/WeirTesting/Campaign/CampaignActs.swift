import WeirControl
import WeirCore
import WeirJobManager

/// Does what a plan says that people and the job's code do, at its time.
///
/// Nobody waits for an answer: it may come much later, or never if the job manager dies.
final class CampaignActs {
    private let cluster: SimulatedCluster
    private let injector: FaultInjector
    private let job: CampaignJob
    private let monitor: CampaignMonitor
    private var entries: [CampaignAct.Entry]
    private let start: Int64
    /// Task managers that were drained, and when they are to be started anew.
    private let drained = Record<(node: String, after: Duration)>()
    private var restarted = 0

    /// What is done from now on.
    init(
        _ entries: [CampaignAct.Entry],
        cluster: SimulatedCluster,
        injector: FaultInjector,
        job: CampaignJob,
        monitor: CampaignMonitor
    ) {
        self.entries = entries
        self.cluster = cluster
        self.injector = injector
        self.job = job
        self.monitor = monitor
        start = cluster.world.clock.monotonicNanoseconds()
    }

    /// When the next one is due; nil: none is left.
    var next: Int64? { entries.first.map { start + $0.at } }

    /// Does what is due, with the job of now.
    func perform(on id: JobID) {
        let now = cluster.world.clock.monotonicNanoseconds()
        while let first = entries.first, start + first.at <= now {
            entries.removeFirst()
            perform(first.act, id)
        }
        for (node, wait) in drained.all.dropFirst(restarted) {
            injector.restartTaskManager(onNode: node, after: wait)
            restarted += 1
        }
    }

    private func perform(_ act: CampaignAct, _ id: JobID) {
        switch act {
        case .savepoint:
            cluster.manager?.savepoint(id) { [monitor] result in
                if case .success(let savepoint) = result { monitor.keeps(savepoint, of: id) }
            }
        case .checkpoint: cluster.manager?.checkpoint(id) { _ in }
        case .rescale(let parallelism):
            cluster.manager?.rescale(id, to: parallelism...parallelism) { _ in }
        case .drain(let victim, let wait): drain(victim, wait)
        case .fail(let kind, let times): job.errors.add(kind, times: times)
        }
    }

    private func drain(_ victim: Int, _ wait: Duration) {
        guard let manager = cluster.manager else { return }
        manager.taskManagers { [drained] all in
            guard !all.isEmpty else { return }
            let chosen = all[victim % all.count].description
            manager.drain(chosen.id) { result in
                if case .success = result { drained.add((chosen.host, wait)) }
            }
        }
    }
}

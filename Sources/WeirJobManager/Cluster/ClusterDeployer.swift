import WeirControl
import WeirCore
import WeirPlan

/// Runs the tasks of a job in the workers of task managers, by way of the job manager's thread.
final class ClusterDeployer: TaskDeployer {
    private let job: JobID
    private let cluster: EventQueue<ClusterEvent>

    init(job: JobID, cluster: EventQueue<ClusterEvent>) {
        self.job = job
        self.cluster = cluster
    }

    var mostManifestBytes: Int? { SnapshotLimit.manifestBytes }

    func deploy(_ description: AttemptDescription) {
        cluster.post(.schedule(job, .deploy(description)))
    }

    func trigger(_ tasks: [TaskID], _ barrier: CheckpointBarrier) {
        cluster.post(.trigger(job, tasks, barrier))
    }

    func tell(_ command: TaskCommand) { cluster.post(.tell(job, command)) }

    func cancel(_ attempt: Attempt) { cluster.post(.schedule(job, .cancel(attempt))) }

    func jobEnded() { cluster.post(.schedule(job, .jobEnded)) }
}

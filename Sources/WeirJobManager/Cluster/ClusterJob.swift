import WeirControl
import WeirCore
import WeirPlan

/// A job that a job manager runs or has run.
final class ClusterJob {
    let submission: JobSubmission
    let settings: JobSettings
    let graph: JobGraph
    /// Milliseconds since the epoch.
    let startedAt: Int64
    var scheduler: JobScheduler
    /// What its master is told.
    let events: EventQueue<JobEvent>
    let master: any RunningThread
    /// What every worker of the job knows and nobody else.
    let token: [UInt8]
    /// Where its snapshots are.
    let checkpointDirectory: String
    /// Slots that it has, by task manager.
    var slots: [String: Int] = [:]
    /// Slots that it waits for.
    var wantedSlots: Int?
    var status = JobStatus()
    /// The last things that a person should know, oldest first.
    private(set) var notices: [TimedNotice] = []
    /// How it ended, and when.
    var end: (outcome: JobOutcome, at: Int64)?
    /// Where it and its tasks stand.
    var execution: ExecutionGraph

    /// Notices that are kept.
    private static let mostNotices = 100

    init(
        submission: JobSubmission,
        settings: JobSettings,
        graph: JobGraph,
        startedAt: Int64,
        scheduler: JobScheduler,
        events: EventQueue<JobEvent>,
        master: any RunningThread,
        token: [UInt8],
        checkpointDirectory: String
    ) {
        self.submission = submission
        self.settings = settings
        self.graph = graph
        self.startedAt = startedAt
        execution = ExecutionGraph(graph, at: startedAt)
        self.scheduler = scheduler
        self.events = events
        self.master = master
        self.token = token
        self.checkpointDirectory = checkpointDirectory
    }

    var id: JobID { submission.id }

    /// What is known of it now.
    var report: JobReport {
        JobReport(
            id: id,
            name: submission.name,
            execution: execution,
            startedAt: startedAt,
            endedAt: end?.at,
            failure: failure,
            status: status,
            graph: graph,
            notices: notices,
            checkpointDirectory: checkpointDirectory,
            settings: submission.settings
        )
    }

    private var failure: WeirError? {
        if case .failed(let error) = end?.outcome { return error }
        return nil
    }

    func add(notice: String, at time: Int64) {
        notices.append(TimedNotice(time: time, text: notice))
        if notices.count > Self.mostNotices { notices.removeFirst() }
    }
}

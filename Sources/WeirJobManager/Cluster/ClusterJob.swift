import WeirControl
import WeirCore
import WeirPlan

/// A job that a job manager runs or has run.
final class ClusterJob {
    /// What drives a job that has not ended.
    struct Drive {
        /// What its master is told.
        let events: EventQueue<JobEvent>
        let master: any RunningThread
    }

    /// What the next leader will know of it, once it is stored.
    var record: JobRecord
    private(set) var settings: JobSettings
    private(set) var graph: JobGraph
    /// What the next attempt is to run, while the job takes the checkpoint for it.
    var replanning: (submission: JobSubmission, settings: JobSettings, graph: JobGraph)?
    var scheduler: JobScheduler
    /// Nil for a job that ended under an earlier leader.
    let drive: Drive?
    /// What every worker of the job knows and nobody else.
    let token: [UInt8]
    /// Where its snapshots are.
    let checkpointDirectory: String
    /// Looks for tasks that outlived the leader before; nil once that is settled.
    var adoption: JobAdoption?
    /// Slots that it has, by task manager.
    var slots: [String: Int] = [:]
    /// Slots that it waits for.
    var wantedSlots: Int?
    var status = JobStatus()
    /// The last things that a person should know, oldest first.
    private(set) var notices: [TimedNotice] = []
    /// Where it and its tasks stand.
    var execution: ExecutionGraph
    /// Whether its record is being stored, and what follows once it is stored as it is now.
    var storing: (now: [RecordStored], next: [RecordStored])?

    /// Called on the job manager's thread when a record is stored, or could not be.
    typealias RecordStored = (WeirError?) -> Void

    /// Notices that are kept.
    private static let mostNotices = 100

    init(
        _ prepared: PreparedJob,
        scheduler: JobScheduler,
        drive: Drive?,
        token: [UInt8]
    ) {
        record = prepared.record
        settings = prepared.settings
        graph = prepared.graph
        checkpointDirectory = prepared.checkpointDirectory
        execution = ExecutionGraph(prepared.graph, at: prepared.record.submittedAt)
        self.scheduler = scheduler
        self.drive = drive
        self.token = token
        if let end = prepared.record.end { ended(end) }
    }

    var submission: JobSubmission { record.submission }

    var id: JobID { record.submission.id }

    /// Whether it is over, and the next leader knows.
    var hasEnded: Bool { execution.state.isTerminal }

    /// Notes how it ended.
    func ended(_ end: JobRecord.End) {
        record.end = end
        status.lastCheckpoint = end.lastCheckpoint
        if let failure = end.failure, execution.failures.isEmpty {
            execution.handle(.failed(Attempt(0), failure, nil), at: end.time)
        }
        execution.handle(.ended(end.state), at: end.time)
    }

    /// Tells its master something; of a job that has ended, nobody.
    func tell(_ event: JobEvent) { drive?.events.post(event) }

    /// What is known of it now.
    var report: JobReport {
        JobReport(
            id: id,
            name: submission.name,
            execution: execution,
            startedAt: record.submittedAt,
            endedAt: hasEnded ? record.end?.time : nil,
            failure: hasEnded ? record.end?.failure : nil,
            status: status,
            graph: graph,
            notices: notices,
            checkpointDirectory: checkpointDirectory,
            settings: submission.settings
        )
    }

    /// An attempt is to run: if it has another graph, that of the job becomes it, and true is returned.
    func willRun(_ next: JobGraph, at time: Int64) -> Bool {
        guard let replanning, replanning.graph == next, next != graph else { return false }
        (record.submission, settings, graph) = replanning
        self.replanning = nil
        execution.replan(next, at: time)
        return true
    }

    func add(notice: String, at time: Int64) {
        notices.append(TimedNotice(time: time, text: notice))
        if notices.count > Self.mostNotices { notices.removeFirst() }
    }
}

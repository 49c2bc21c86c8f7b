import WeirControl
import WeirCore
import WeirPlan
import WeirTransport

/// What a job manager's thread does: one turn over task managers, jobs, requests and the clock.
final class ClusterThread: Steppable {
    static let listenerToken = 0

    let world: any World
    let options: JobManager.Options
    let directory: LeaderDirectory
    let queue: EventQueue<ClusterEvent>
    let onNotice: @Sendable (String) -> Void
    let nodes: TaskManagers
    /// In the order of their submission.
    var jobs: [ClusterJob] = []
    var pool = SlotPool()
    let workerNumbers: WorkerNumbers
    /// Submissions whose directories are being prepared, and who waits for them.
    var preparing: [JobID: [SubmissionAnswer]] = [:]
    /// Jobs of the leader before that are being taken over for the first time.
    var takingOver: Set<JobID> = []
    /// All those that are not taken over yet, and when it is tried again; `Int64.max`: it is being tried.
    var untaken: [JobID: (record: JobRecord, nextAt: Int64)] = [:]
    /// Requests that came before all jobs were taken over: the answers would lack some.
    private var early: [(ClusterThread) -> Void] = []

    /// What comes of a submission; called on the job manager's thread.
    typealias SubmissionAnswer = (Result<JobID, WeirError>) -> Void

    init(
        world: any World,
        options: JobManager.Options,
        directory: LeaderDirectory,
        records: [JobRecord],
        listener: any Listener,
        poller: any Poller,
        queue: EventQueue<ClusterEvent>,
        onNotice: @escaping @Sendable (String) -> Void
    ) {
        self.world = world
        self.options = options
        self.directory = directory
        self.queue = queue
        self.onNotice = onNotice
        workerNumbers = WorkerNumbers(epoch: directory.epoch)
        nodes = TaskManagers(
            world: world,
            options: options,
            epoch: directory.epoch,
            fence: directory.fence,
            listener: listener,
            poller: poller
        )
        nodes.onEvent = { [unowned self] in handle($0) }
        takeOver(records)
    }

    func step() -> StepOutcome {
        for event in queue.takeAll() {
            // One that leads no more tells nobody anything: others do.
            if case .stop = event { return end() }
            guard directory.fence.isOpen else { return end() }
            handle(event)
        }
        guard directory.fence.isOpen else { return end() }
        let isBusy = nodes.serve()
        let now = world.clock.monotonicNanoseconds()
        for job in jobs {
            if (job.scheduler.deadline ?? .max) <= now { schedule(job, .timePassed) }
            if (job.adoption?.deadline ?? .max) <= now { adopt(job, .timePassed) }
        }
        takeOverAgain(now)
        nodes.flush(now)
        return .park(until: isBusy ? now : deadline(now))
    }

    private func end() -> StepOutcome {
        nodes.shutDown()
        directory.release()
        return .finished
    }

    private func deadline(_ now: Int64) -> Int64? {
        let ofJobs = jobs.compactMap(\.scheduler.deadline).min() ?? .max
        let ofAdoptions = jobs.compactMap(\.adoption?.deadline).min() ?? .max
        let ofUntaken = untaken.values.map(\.nextAt).min() ?? .max
        return max(now, min(ofJobs, ofAdoptions, ofUntaken, nodes.deadline))
    }

    func job(_ id: JobID) -> ClusterJob? { jobs.first { $0.id == id } }

    private func handle(_ event: ClusterEvent) {
        switch event {
        case .schedule(let id, let event): if let job = job(id) { schedule(job, event) }
        case .trigger(let id, let tasks, let barrier):
            if let job = job(id) { command(job, .trigger(tasks, barrier)) }
        case .tell(let id, let command):
            guard let job = job(id), let attempt = job.scheduler.deployedAttempt else { return }
            self.command(job, .tell(attempt, command))
        case .status(let id, let status): job(id)?.status = status
        case .notice(let id, let text):
            job(id)?.add(notice: text, at: world.clock.wallMilliseconds())
            onNotice("job \(id): \(text)")
        case .ended(let id, let outcome, let status): ended(id, outcome, status)
        case .prepared(let id, let result): prepared(id, result)
        case .recorded(let id, let error): if let job = job(id) { recorded(job, error) }
        case .request(let body): if takingOver.isEmpty { body(self) } else { early.append(body) }
        case .stop: break
        }
    }

    /// All jobs of the leader before are known: what was asked meanwhile is answered.
    func answerEarlyRequests() {
        let requests = early
        early = []
        for body in requests { body(self) }
    }

    private func handle(_ event: TaskManagers.Event) {
        switch event {
        case .registered(let node):
            pool.add(node.id, slots: node.description.slots)
            onNotice("task manager \(node.id) has registered \(node.description.slots) slots")
            for (number, id) in node.workers.sorted(by: { $0.key < $1.key }) {
                askOrStop(number, of: id)
            }
            serveWaiting()
        case .lost(let node, let error):
            pool.remove(node.id)
            onNotice("\(error)")
            for (number, id) in node.workers.sorted(by: { $0.key < $1.key }) {
                if let job = job(id) { ended(worker: number, of: job, error) }
            }
        case .workerEnded(let number, let id, let error):
            if let job = job(id) { ended(worker: number, of: job, error) }
        case .worker(let node, let number, let id, let report):
            if let job = job(id) { take(report, of: number, at: node, job) }
        }
    }

    private func ended(worker number: UInt32, of job: ClusterJob, _ error: WeirError) {
        if job.adoption != nil { adopt(job, .workerEnded(number)) }
        schedule(job, .workerEnded(number, error))
    }

    private func take(
        _ report: WorkerReport,
        of number: UInt32,
        at node: RegisteredTaskManager,
        _ job: ClusterJob
    ) {
        switch report {
        case .ready(_, let port, let fingerprint):
            guard fingerprint == job.submission.graph.fingerprint else {
                nodes.stopWorker(number)
                return schedule(job, .workerEnded(number, differentGraph(number)))
            }
            let address = DataAddress(host: node.description.host, port: port)
            schedule(job, .workerReady(number, address))
        case .task(let event):
            guard job.execution.executions[event.task] != nil else {
                nodes.stopWorker(number)
                return schedule(job, .workerEnded(number, foreignTask(event.task, number)))
            }
            if job.adoption != nil { adopt(job, .task(number, event)) }
            take(event, job)
        case .attemptFailed(let attempt, let error):
            schedule(job, .attemptFailed(number, attempt, error))
        case .attemptEnded(let attempt): schedule(job, .attemptEnded(number, attempt))
        case .notice(let text):
            job.add(notice: text, at: world.clock.wallMilliseconds())
        case .standing(let standing):
            let (manager, host) = (node.id, node.description.host)
            adopt(job, .standing(number, taskManager: manager, host: host, standing))
        case .heartbeat: break
        }
    }

    private func foreignTask(_ task: TaskID, _ number: UInt32) -> WeirError {
        WeirError(
            .protocolViolated,
            "Worker \(number) tells of task \(task), which its job does not have.",
            fix: "Look whether the program is the one that was submitted, and made with this Weir."
        )
    }

    private func differentGraph(_ number: UInt32) -> WeirError {
        WeirError(
            .badGraph,
            "Worker \(number) makes another graph than the one that was submitted.",
            reason: "With the same arguments, a program must build the same graph each time.",
            fix: "Look for what the program reads besides its arguments: files, the environment, "
                + "the time, the order of a Set or a Dictionary."
        )
    }
}

import WeirControl
import WeirCore
import WeirPlan

/// The jobs of a job manager: taken in, brought to workers, ended.
extension ClusterThread {
    /// Starts a job, unless there is one with its id.
    func submit(_ submission: JobSubmission) -> Result<JobID, WeirError> {
        if job(submission.id) != nil { return .success(submission.id) }
        do throws(WeirError) {
            try start(submission)
            return .success(submission.id)
        } catch {
            return .failure(error)
        }
    }

    private func start(_ submission: JobSubmission) throws(WeirError) {
        let settings = try submission.resolvedSettings()
        let graph = try JobGraph(
            submission.graph,
            parallelism: settings.parallelism,
            maxParallelism: settings.maxParallelism,
            isChainingEnabled: settings.isChainingEnabled
        )
        let directory = try DataDirectory(
            self.directory.job(submission.id),
            isLasting: true,
            id: submission.id,
            world: world
        )
        let start = try JobStart(
            directory: directory,
            options: JobOptions(
                settings: settings,
                snapshot: submission.snapshot,
                droppedStates: submission.droppedStates
            )
        )
        let numbers = workerNumbers
        let (events, master) = startMaster(submission.id, graph, start)
        jobs.append(
            ClusterJob(
                submission: submission,
                settings: settings,
                graph: graph,
                startedAt: world.clock.wallMilliseconds(),
                scheduler: JobScheduler(timeouts: options.timeouts) { numbers.next() },
                events: events,
                master: master,
                token: (0..<4).flatMap { _ in withUnsafeBytes(of: world.random.next(), Array.init)
                },
                checkpointDirectory: directory.path + "/checkpoints"
            )
        )
    }

    /// Starts the thread of a job's master.
    private func startMaster(
        _ id: JobID,
        _ graph: JobGraph,
        _ start: JobStart
    ) -> (EventQueue<JobEvent>, any RunningThread) {
        let parker = world.threads.makeParker()
        let events = EventQueue<JobEvent>(parker: parker)
        let (world, queue) = (self.world, self.queue)
        let thread = world.threads.run(name: "weir-job", parker: parker) {
            JobMaster(
                world: world,
                graph: graph,
                start: start,
                deployer: ClusterDeployer(job: id, cluster: queue),
                queue: events,
                onEnd: { queue.post(.ended(id, $0, $1)) },
                onStatus: { queue.post(.status(id, $0)) },
                onNotice: { queue.post(.notice(id, $0)) }
            )
        }
        return (events, thread)
    }

    // MARK: Scheduling

    func schedule(_ job: ClusterJob, _ event: JobScheduler.Event) {
        let now = world.clock.monotonicNanoseconds()
        switch event {
        case .deploy(let description): record(job, .scheduled(description.attempt))
        case .cancel(let attempt): record(job, .cancelling(attempt))
        default: break
        }
        for effect in job.scheduler.handle(event, at: now) { perform(effect, job) }
    }

    private func perform(_ effect: JobScheduler.Effect, _ job: ClusterJob) {
        switch effect {
        case .allocateSlots(let count):
            job.wantedSlots = count
            serveWaiting()
        case .stopAllocating: job.wantedSlots = nil
        case .startWorker(let number, let taskManager):
            let share = nodes.memoryOfSlot(taskManager) * (job.slots[taskManager] ?? 1)
            nodes.startWorker(
                WorkerStart(
                    number: number,
                    job: job.id,
                    program: job.submission.program,
                    arguments: job.submission.arguments,
                    memoryBytes: share
                ),
                at: taskManager
            )
        case .stopWorker(let number): nodes.stopWorker(number)
        case .command(let number, let command): nodes.send(command, to: number)
        case .deploy(let description, let workers, let slots):
            deploy(job, description, workers, slots)
        case .tell(let event): tell(job, event)
        case .releaseSlots:
            job.wantedSlots = nil
            pool.release(job.id)
            serveWaiting()
        }
    }

    private func tell(_ job: ClusterJob, _ event: JobEvent) {
        switch event {
        case .attemptEnded(let attempt): record(job, .cancelled(attempt))
        case .attemptFailed(let attempt, let error): record(job, .failed(attempt, error, nil))
        default: break
        }
        job.events.post(event)
    }

    /// Notes what became of a job.
    func record(_ job: ClusterJob, _ event: ExecutionGraph.Event) {
        job.execution.handle(event, at: world.clock.wallMilliseconds())
    }

    /// Notes what a task tells, and passes it on to the job's master.
    func take(_ event: TaskEvent, _ job: ClusterJob) {
        switch event.kind {
        case .running: record(job, .running(event.task, event.attempt))
        case .failed(let error): record(job, .failed(event.attempt, error, event.task))
        default: break
        }
        job.events.post(.task(event))
    }

    /// Gives slots to the jobs that wait for them, those first that came first.
    func serveWaiting() {
        for job in jobs {
            guard let wanted = job.wantedSlots,
                let slots = pool.allocate(wanted, for: job.id)
            else { continue }
            job.wantedSlots = nil
            job.slots = Dictionary(grouping: slots) { $0 }.mapValues(\.count)
            schedule(job, .slotsAllocated(slots))
        }
    }

    /// Tells all workers of the running attempt something.
    func command(_ job: ClusterJob, _ command: WorkerCommand) {
        for number in job.scheduler.deployedWorkers { nodes.send(command, to: number) }
    }

    private func deploy(
        _ job: ClusterJob,
        _ description: AttemptDescription,
        _ workers: [JobScheduler.Placed],
        _ slots: [Int]
    ) {
        let places = slots.map { position in
            SlotLocation(
                taskManager: nodes.id(of: workers[position].number) ?? "",
                worker: workers[position].number
            )
        }
        record(job, .deployed(description.attempt, places))
        for (position, worker) in workers.enumerated() {
            let deployment = Deployment(
                job: job.id,
                attempt: description.attempt,
                graphFingerprint: job.submission.graph.fingerprint,
                settings: job.submission.settings,
                slots: slots,
                workers: workers.map(\.address),
                own: position,
                token: job.token,
                manifest: description.manifest,
                checkpointDirectory: job.checkpointDirectory,
                droppedStates: description.droppedStates
            )
            nodes.send(WorkerCommand.deploy(deployment), to: worker.number)
        }
    }

    // MARK: Ending

    func ended(_ id: JobID, _ outcome: JobOutcome, _ status: JobStatus) {
        guard let job = job(id) else { return }
        job.status = status
        job.end = (outcome, world.clock.wallMilliseconds())
        let state: JobState =
            switch outcome {
            case .finished, .suspended: .finished
            case .cancelled: .canceled
            case .failed: .failed
            }
        record(job, .ended(state))
    }

    private func running(_ id: JobID) throws(WeirError) -> ClusterJob {
        guard let job = job(id) else {
            throw WeirError(
                .unknownJob,
                "There is no job \(id).",
                fix: "`weir list --all` shows those that there are."
            )
        }
        guard job.end == nil else {
            throw WeirError(.unknownJob, "Job \(id) has ended.", kind: .refused)
        }
        return job
    }

    /// Ends a job without a last checkpoint.
    func cancel(_ id: JobID) -> Result<Void, WeirError> {
        do throws(WeirError) {
            let job = try running(id)
            record(job, .cancelRequested)
            job.events.post(.cancel)
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    /// Ends a job with a last checkpoint.
    func stop(_ id: JobID, drain: Bool) -> Result<Void, WeirError> {
        do throws(WeirError) {
            try running(id).events.post(.stop(drain: drain))
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    /// Takes a snapshot of a job that retention keeps.
    func savepoint(_ id: JobID, _ answer: @escaping JobEvent.SavepointAnswer) {
        do throws(WeirError) {
            try running(id).events.post(.savepoint(answer))
        } catch {
            answer(.failure(error))
        }
    }

    // MARK: Reports

    var jobReports: [JobReport] { jobs.map(\.report) }

    var taskManagerSummaries: [TaskManagerSummary] {
        nodes.registered.map { node in
            TaskManagerSummary(
                description: node.description,
                freeSlots: pool.free(of: node.id),
                silentNanoseconds: world.clock.monotonicNanoseconds() - node.lastHeard,
                workers: node.workers
            )
        }
    }
}

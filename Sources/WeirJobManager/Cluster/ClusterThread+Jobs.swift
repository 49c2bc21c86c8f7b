import WeirControl
import WeirCore
import WeirPlan

/// The jobs of a job manager: taken in, brought to workers, ended.
extension ClusterThread {
    /// Starts a job, unless there is one with its id.
    func submit(_ submission: JobSubmission, _ answer: @escaping SubmissionAnswer) {
        let id = submission.id
        if job(id) != nil { return answer(.success(id)) }
        if preparing[id] != nil {
            preparing[id]?.append(answer)
            return
        }
        preparing[id] = [answer]
        let (world, directory, queue) = (self.world, self.directory, self.queue)
        world.threads.background {
            do throws(WeirError) {
                let job = try PreparedJob.new(submission, in: directory, world: world)
                queue.post(.prepared(id, .success(job)))
            } catch {
                queue.post(.prepared(id, .failure(error)))
            }
        }
    }

    /// The directory of a job is prepared: it begins, or goes on.
    func prepared(_ id: JobID, _ result: Result<PreparedJob, WeirError>) {
        let answers = preparing.removeValue(forKey: id) ?? []
        switch result {
        case .success(let prepared):
            untaken[id] = nil
            add(prepared)
            for answer in answers { answer(.success(id)) }
        case .failure(let error):
            for answer in answers { answer(.failure(error)) }
            notTakenOver(id, error)
        }
        guard takingOver.remove(id) != nil, takingOver.isEmpty else { return }
        jobs.sort { $0.record.submittedAt < $1.record.submittedAt }
        answerEarlyRequests()
    }

    private func add(_ prepared: PreparedJob) {
        let id = prepared.record.submission.id
        guard job(id) == nil else { return }
        let numbers = workerNumbers
        let mayAdopt = prepared.lastAttempt > Attempt(0)
        let job = ClusterJob(
            prepared,
            scheduler: JobScheduler(timeouts: options.timeouts) { numbers.next() },
            drive: prepared.start.map { start in
                startMaster(id, prepared.graph, start, mayAdopt: mayAdopt)
            },
            token: (0..<4).flatMap { _ in withUnsafeBytes(of: world.random.next(), Array.init) }
        )
        jobs.append(job)
        if mayAdopt { lookForTasks(job, prepared) } else { stopWorkers(of: id) }
        if job.record.end == nil { fulfil(job.record.wish, job) }
        forgetOldJobs()
    }

    /// What a person wanted of a job before this leader knew it.
    private func fulfil(_ wish: JobRecord.Wish, _ job: ClusterJob) {
        switch wish {
        case .none: break
        case .cancel: cancelNow(job)
        case .stop: job.tell(.stop(drain: false))
        case .drain: job.tell(.stop(drain: true))
        }
    }

    /// Of jobs that have ended, the last ones are kept; the others' directories stay.
    private func forgetOldJobs() {
        let ended = jobs.filter(\.hasEnded)
        guard ended.count > Self.mostEndedJobs else { return }
        let oldest = ended.sorted { ($0.record.end?.time ?? 0) < ($1.record.end?.time ?? 0) }
            .prefix(ended.count - Self.mostEndedJobs).map(\.id)
        jobs.removeAll { oldest.contains($0.id) }
    }

    /// Jobs that have ended and are kept.
    private static let mostEndedJobs = 100

    /// Starts the thread of a job's master.
    private func startMaster(
        _ id: JobID,
        _ graph: JobGraph,
        _ start: JobStart,
        mayAdopt: Bool
    ) -> ClusterJob.Drive {
        let parker = world.threads.makeParker()
        let events = EventQueue<JobEvent>(parker: parker)
        let (world, queue) = (self.world, self.queue)
        let thread = world.threads.run(name: "weir-job", parker: parker) {
            JobMaster(
                world: world,
                graph: graph,
                start: start,
                mayAdopt: mayAdopt,
                deployer: ClusterDeployer(job: id, cluster: queue),
                queue: events,
                onEnd: { queue.post(.ended(id, $0, $1)) },
                onStatus: { queue.post(.status(id, $0)) },
                onNotice: { queue.post(.notice(id, $0)) }
            )
        }
        return ClusterJob.Drive(events: events, master: thread)
    }

    // MARK: Scheduling

    func schedule(_ job: ClusterJob, _ event: JobScheduler.Event) {
        let now = world.clock.monotonicNanoseconds()
        switch event {
        case .deploy(let description):
            if job.willRun(description.graph, at: world.clock.wallMilliseconds()) {
                // Until it is written down, another leader would bring the former parallelism back.
                #if Sabotage
                FailPoint.rescalingDecided.reach()
                #endif
                store(job) { [self] error in
                    #if Sabotage
                    FailPoint.rescalingRecorded.reach()
                    #endif
                    if let error { note("its parallelism is not written down: \(error)", job) }
                }
            }
            record(job, .scheduled(description.attempt))
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
                    workingDirectory: job.submission.workingDirectory,
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
        job.tell(event)
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
        job.tell(.task(event))
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
            guard nodes.send(WorkerCommand.deploy(deployment), to: worker.number) else {
                let number = worker.number
                let attempt = description.attempt
                return schedule(job, .attemptFailed(number, attempt, SnapshotLimit.error))
            }
        }
    }

    // MARK: Ending

    /// A job's master has ended: the next leader must know before anybody else.
    func ended(_ id: JobID, _ outcome: JobOutcome, _ status: JobStatus) {
        guard let job = job(id) else { return }
        job.status = status
        if job.adoption != nil {
            job.adoption = nil
            stopWorkers(of: id)
        }
        let (state, failure): (JobState, WeirError?) =
            switch outcome {
            case .finished, .suspended: (.finished, nil)
            case .cancelled: (.canceled, nil)
            case .failed(let error): (.failed, error)
            }
        let end = JobRecord.End(
            state: state,
            time: world.clock.wallMilliseconds(),
            failure: failure,
            lastCheckpoint: status.lastCheckpoint
        )
        job.record.end = end
        #if Sabotage
        if state == .canceled { FailPoint.cancellingEnded.reach() }
        #endif
        store(job) { [self] error in
            #if Sabotage
            if state == .canceled { FailPoint.cancellingEndRecorded.reach() }
            #endif
            if let error { note("its end could not be written down: \(error)", job) }
            job.ended(end)
            forgetOldJobs()
        }
    }

    private func note(_ text: String, _ job: ClusterJob) {
        job.add(notice: text, at: world.clock.wallMilliseconds())
        onNotice("job \(job.id): \(text)")
    }

    func running(_ id: JobID) throws(WeirError) -> ClusterJob {
        guard let job = job(id) else {
            throw WeirError(
                .unknownJob,
                "There is no job \(id).",
                fix: "`weir list --all` shows those that there are."
            )
        }
        guard job.record.end == nil else {
            throw WeirError(.unknownJob, "Job \(id) has ended.", kind: .refused)
        }
        return job
    }

    /// Ends a job without a last checkpoint.
    func cancel(_ id: JobID, _ answer: @escaping (Result<Void, WeirError>) -> Void) {
        wish(.cancel, id, answer) { [self] in cancelNow($0) }
    }

    private func cancelNow(_ job: ClusterJob) {
        record(job, .cancelRequested)
        job.tell(.cancel)
    }

    /// Ends a job with a last checkpoint.
    func stop(_ id: JobID, drain: Bool, _ answer: @escaping (Result<Void, WeirError>) -> Void) {
        wish(drain ? .drain : .stop, id, answer) { $0.tell(.stop(drain: drain)) }
    }

    /// Writes down what a person wants, and does it; a wish to cancel stays.
    private func wish(
        _ wish: JobRecord.Wish,
        _ id: JobID,
        _ answer: @escaping (Result<Void, WeirError>) -> Void,
        _ fulfil: @escaping (ClusterJob) -> Void
    ) {
        do throws(WeirError) {
            let job = try running(id)
            if job.record.wish != .cancel { job.record.wish = wish }
            #if Sabotage
            if wish == .cancel { FailPoint.cancellingAsked.reach() }
            #endif
            store(job) { [self] error in
                #if Sabotage
                if wish == .cancel { FailPoint.cancellingRecorded.reach() }
                #endif
                // A full disk must not keep a job alive.
                if let error { note("the wish to end it is not written down: \(error)", job) }
                fulfil(job)
                answer(.success(()))
            }
        } catch {
            answer(.failure(error))
        }
    }

    /// Takes a snapshot of a job that retention keeps.
    func savepoint(_ id: JobID, _ answer: @escaping JobEvent.SavepointAnswer) {
        do throws(WeirError) {
            try running(id).tell(.savepoint(answer))
        } catch {
            answer(.failure(error))
        }
    }

    // MARK: Records

    /// Writes a job's record down as it is now, and then calls `done`.
    private func store(_ job: ClusterJob, _ done: @escaping ClusterJob.RecordStored) {
        if job.storing != nil {
            job.storing?.next.append(done)
        } else {
            job.storing = (now: [done], next: [])
            storeNow(job)
        }
    }

    private func storeNow(_ job: ClusterJob) {
        let (record, records, queue) = (job.record, directory.records, self.queue)
        world.threads.background {
            do throws(WeirError) {
                try records.store(record)
                queue.post(.recorded(record.submission.id, nil))
            } catch {
                queue.post(.recorded(record.submission.id, error))
            }
        }
    }

    /// A record is stored, or could not be.
    func recorded(_ job: ClusterJob, _ error: WeirError?) {
        guard let storing = job.storing else { return }
        job.storing = storing.next.isEmpty ? nil : (now: storing.next, next: [])
        if job.storing != nil { storeNow(job) }
        for done in storing.now { done(error) }
    }

    // MARK: Reports

    var jobReports: [JobReport] { jobs.map(\.report) }

    var taskManagerSummaries: [TaskManagerSummary] {
        nodes.registered.map { node in
            TaskManagerSummary(
                description: node.description,
                freeSlots: pool.free(of: node.id),
                silentNanoseconds: world.clock.monotonicNanoseconds() - node.lastHeard,
                isDraining: pool.isDraining(node.id),
                slots: pool.taken(of: node.id)
            )
        }
    }
}

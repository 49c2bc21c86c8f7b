import WeirControl
import WeirCore
import WeirPlan

/// Jobs of the leader before: their tasks go on where they outlived it, else from the last checkpoint.
extension ClusterThread {
    /// Prepares the directories of the jobs that are written down.
    func takeOver(_ records: [JobRecord]) {
        takingOver = Set(records.map(\.submission.id))
        for record in records { untaken[record.submission.id] = (record, .max) }
        prepare(records)
    }

    private func prepare(_ records: [JobRecord]) {
        let (world, directory, queue) = (self.world, self.directory, self.queue)
        world.threads.background {
            for record in records {
                let id = record.submission.id
                do throws(WeirError) {
                    let job = try PreparedJob.known(record, in: directory, world: world)
                    queue.post(.prepared(id, .success(job)))
                } catch {
                    queue.post(.prepared(id, .failure(error)))
                }
            }
        }
    }

    /// The directory of a job could not be prepared: later again, if that may help.
    ///
    /// Its tasks go on meanwhile.
    func notTakenOver(_ id: JobID, _ error: WeirError) {
        guard let record = untaken[id]?.record, job(id) == nil else { return }
        guard error.kind == .fixEnvironment else {
            untaken[id] = nil
            onNotice("job \(id) cannot be taken over: \(error)")
            return stopWorkers(of: id)
        }
        untaken[id] = (record, world.clock.monotonicNanoseconds() + Self.takeOverInterval)
        onNotice(
            "job \(id) cannot be taken over yet, which is tried again each "
                + "\(Self.takeOverInterval / 1_000_000) ms: \(error)"
        )
    }

    /// Tries again to take over what could not be.
    func takeOverAgain(_ now: Int64) {
        let due = untaken.values.filter { $0.nextAt <= now }.map(\.record)
        for record in due.sorted(by: { $0.submittedAt < $1.submittedAt }) {
            let id = record.submission.id
            untaken[id] = job(id) == nil ? (record, .max) : nil
            if job(id) == nil { prepare([record]) }
        }
    }

    /// Nanoseconds from one try to take a job over to the next.
    private static let takeOverInterval: Int64 = 1_000_000_000

    /// Asks the workers of a job what they run, those that there are and those that come.
    func lookForTasks(_ job: ClusterJob, _ prepared: PreparedJob) {
        job.adoption = JobAdoption(
            lastAttempt: prepared.lastAttempt,
            graphFingerprint: job.submission.graph.fingerprint,
            slotCount: job.graph.slotCount,
            deadline: world.clock.monotonicNanoseconds() + options.adoptionNanoseconds
        )
        for number in nodes.workers(of: job.id) { nodes.send(.describe, to: number) }
    }

    /// A task manager has a worker that was not started by this leader.
    func askOrStop(_ number: UInt32, of id: JobID) {
        if let job = job(id), job.adoption != nil {
            nodes.send(.describe, to: number)
        } else if untaken[id] == nil {
            nodes.stopWorker(number)
        }
    }

    /// Ends the workers of a job, whoever started them.
    func stopWorkers(of id: JobID) {
        for number in nodes.workers(of: id) { nodes.stopWorker(number) }
    }

    /// Tells the adoption of a job something, and does what comes of it.
    func adopt(_ job: ClusterJob, _ event: JobAdoption.Event) {
        let now = world.clock.monotonicNanoseconds()
        guard let outcome = job.adoption?.handle(event, at: now) else { return }
        job.adoption = nil
        switch outcome {
        case .giveUp(let reason): giveUp(job, reason)
        case .adopt(let attempt, let workers, let slots): adopt(job, attempt, workers, slots)
        }
    }

    private func giveUp(_ job: ClusterJob, _ reason: String) {
        let text = "its tasks cannot go on under this job manager: \(reason)"
        job.add(notice: text, at: world.clock.wallMilliseconds())
        onNotice("job \(job.id): \(text)")
        stopWorkers(of: job.id)
        job.tell(.adoptable(nil))
    }

    private func adopt(
        _ job: ClusterJob,
        _ adopted: AdoptedAttempt,
        _ workers: [JobAdoption.AdoptedWorker],
        _ slots: [Int]
    ) {
        let managers = slots.map { workers[$0].taskManager }
        let counts = Dictionary(grouping: managers) { $0 }.mapValues(\.count)
        guard pool.adopt(counts, for: job.id) else {
            return giveUp(job, "its task managers have fewer slots than before")
        }
        job.slots = counts
        job.scheduler.adopt(adopted.attempt, workers, slots: slots)
        record(job, .scheduled(adopted.attempt))
        let places = slots.map { position in
            SlotLocation(
                taskManager: workers[position].taskManager,
                worker: workers[position].number
            )
        }
        record(job, .deployed(adopted.attempt, places))
        for task in adopted.running.sorted() { record(job, .running(task, adopted.attempt)) }
        job.tell(.adoptable(adopted))
    }
}

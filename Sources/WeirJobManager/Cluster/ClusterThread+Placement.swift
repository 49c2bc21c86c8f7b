import WeirControl
import WeirCore
import WeirPlan

/// Where jobs run and how wide, changed while they do.
extension ClusterThread {
    /// Takes a checkpoint of a job that retention need not keep.
    func checkpoint(_ id: JobID, _ answer: @escaping JobEvent.SavepointAnswer) {
        do throws(WeirError) {
            try running(id).tell(.checkpoint(answer))
        } catch {
            answer(.failure(error))
        }
    }

    // MARK: Rescaling

    /// Lets a job go on at another parallelism, from a checkpoint of now: the highest of a range for
    /// which there are slots.
    ///
    /// The parallelism is that of operators whose program does not fix it.
    func rescale(
        _ id: JobID,
        to range: ClosedRange<Int>,
        _ answer: @escaping JobEvent.SavepointAnswer
    ) {
        do throws(WeirError) {
            let job = try running(id)
            let next = try plan(job, range)
            if next.graph == job.graph { return answer(.success(job.status.lastCheckpoint)) }
            job.replanning = next
            job.tell(
                .redeploy(next.graph) { [queue] result in
                    queue.post(.request { $0.rescaled(id, next.graph, result) })
                    answer(result)
                }
            )
        } catch {
            answer(.failure(error))
        }
    }

    /// A rescaling that came to nothing leaves nothing.
    private func rescaled(
        _ id: JobID,
        _ graph: JobGraph,
        _ result: Result<CheckpointID, WeirError>
    ) {
        guard case .failure = result, let job = job(id), job.replanning?.graph == graph else {
            return
        }
        job.replanning = nil
    }

    private func plan(
        _ job: ClusterJob,
        _ range: ClosedRange<Int>
    ) throws(WeirError) -> (submission: JobSubmission, settings: JobSettings, graph: JobGraph) {
        if job.replanning != nil {
            throw refusal(job, "It is being rescaled.", "Wait until that is done.")
        }
        guard range.upperBound <= job.settings.maxParallelism else {
            throw refusal(
                job,
                "\(range.upperBound) is more than its pipeline.max-parallelism, "
                    + "\(job.settings.maxParallelism).",
                "Choose a lower parallelism; the number of key groups is fixed."
            )
        }
        let room = pool.taken(by: job.id) + pool.free
        var graph = job.graph
        for parallelism in range.reversed() {
            var submission = job.submission
            submission.settings["parallelism.default"] = "\(parallelism)"
            let settings = try submission.resolvedSettings()
            graph = try JobGraph(
                submission.graph,
                parallelism: parallelism,
                maxParallelism: settings.maxParallelism,
                isChainingEnabled: settings.isChainingEnabled
            )
            if graph.slotCount <= room { return (submission, settings, graph) }
        }
        throw refusal(
            job,
            "Parallelism \(range.lowerBound) takes \(graph.slotCount) slots, and there are \(room) for it.",
            "Start more task managers, give them more slots, or choose a lower parallelism."
        )
    }

    private func refusal(_ job: ClusterJob, _ reason: String, _ fix: String) -> WeirError {
        WeirError(
            .rescaleRefused,
            "Job \(job.id) is not rescaled.",
            reason: reason,
            fix: fix
        )
    }

    // MARK: Draining

    /// Moves the work of a task manager to others, and gives it none any more.
    ///
    /// Each job goes on from a checkpoint of now. Without enough slots elsewhere nothing happens.
    func drain(_ id: String) -> Result<Void, WeirError> {
        guard nodes.registered.contains(where: { $0.id == id }) else {
            return .failure(
                WeirError(.unknownTaskManager, "There is no task manager \(id).")
            )
        }
        let taken = pool.taken(of: id)
        let needed = taken.values.reduce(0, +)
        let room = pool.free(except: id)
        guard needed <= room else {
            return .failure(
                WeirError(
                    .noSlots,
                    "Task manager \(id) is not drained: its jobs have \(needed) slots there, and "
                        + "\(room) are free elsewhere.",
                    fix: "Start another task manager, or stop jobs.",
                    kind: .refused
                )
            )
        }
        pool.drain(id)
        onNotice("task manager \(id) is drained of \(needed) slots")
        for job in jobs where job.record.end == nil && taken[job.id] != nil {
            job.tell(
                .redeploy(nil) { [queue, id = job.id] result in
                    guard case .failure(let error) = result else { return }
                    queue.post(.notice(id, "it was not moved: \(error)"))
                }
            )
        }
        return .success(())
    }
}

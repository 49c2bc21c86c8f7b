import WeirControl
import WeirCore
import WeirJobManager

/// The job is ended, and another one goes on from what it leaves.
extension CampaignRun {
    /// Ends the job and starts it again from there; if it goes on or has come to its end, it is left.
    func handOver(_ handover: CampaignHandover) throws(WeirError) {
        guard let former = id else { return }
        injector?.killWorkers(after: handover.deaths)
        let taken: CheckpointID?
        switch handover.ending {
        case .stop: taken = try stop(former, isImpatient: handover.isImpatient)
        case .savepoint: taken = try saveAndCancel(former, isImpatient: handover.isImpatient)
        case .cancel: taken = try cancel(former, isImpatient: handover.isImpatient)
        }
        guard let taken else { return }
        if let mistake = handover.mistake { try fail(with: mistake, handover, former, taken) }
        try goOn(after: former, from: taken, parallelism: handover.parallelism)
    }

    /// Another job takes the place of one that has ended.
    func goOn(
        after former: JobID,
        from taken: CheckpointID,
        parallelism: Int
    ) throws(WeirError) {
        noteRestarts()
        job.handOver()
        if taken == .none, plan.shape == .files {
            // A job that begins anew is refused while a frozen process still holds the directory: somebody
            // starts it when the machines are back.
            try injector?.endAll()
            cluster.world.run(for: Self.afterLife)
        }
        let snapshot = taken == .none ? nil : Self.path(of: taken, former)
        let next = try submit(parallelism: parallelism, from: snapshot)
        monitor.starts(next, after: former)
        id = next
    }

    private static func path(of checkpoint: CheckpointID, _ job: JobID) -> String {
        "\(CampaignMonitor.jobs)/\(job)/checkpoints/chk-\(checkpoint)"
    }

    /// Hands the job in, again where a disk's fault stands in the way, as a client does.
    func submit(
        parallelism: Int,
        from snapshot: String?,
        settings: [String: String] = [:]
    ) throws(WeirError) -> JobID {
        var failure: WeirError?
        for round in 0..<200 {
            do throws(WeirError) {
                return try cluster.submit(
                    parallelism: parallelism,
                    settings: plan.settings.merging(settings) { $1 },
                    from: snapshot
                )
            } catch  where error.code == .fileFailed || error.code == .diskFull {
                failure = error
                cluster.world.run(for: 50_000_000)
                pass()
                // Some last until somebody ends them.
                if round == 20 { try injector?.endAll() }
            }
        }
        throw failure ?? WeirError(.jobFailed, "The job was not handed in.")
    }

    /// A job that is started with a mistake fails, and changes nothing.
    private func fail(
        with mistake: CampaignHandover.Mistake,
        _ handover: CampaignHandover,
        _ former: JobID,
        _ taken: CheckpointID
    ) throws(WeirError) {
        let wrong: JobID
        switch mistake {
        case .maxParallelism:
            guard taken != .none else { return }
            wrong = try submit(
                parallelism: handover.parallelism,
                from: Self.path(of: taken, former),
                settings: ["pipeline.max-parallelism": "32"]
            )
        case .snapshot:
            wrong = try submit(
                parallelism: handover.parallelism,
                from: Self.path(of: CheckpointID(999_999), former)
            )
        }
        let end = cluster.runToEnd(wrong)
        if end != .failed {
            monitor.violated("a job that began with \(mistake.rawValue) did not fail")
        }
    }

    // MARK: Ending

    /// Stops a job with a last checkpoint, which is returned; nil: it goes on or has come to its end.
    private func stop(_ former: JobID, isImpatient: Bool) throws(WeirError) -> CheckpointID? {
        do throws(WeirError) {
            try cluster.stop(former, drain: false)
        } catch let error where error.code == .unknownJob {
            return nil
        }
        return whatIsLeft(of: former, isImpatient)
    }

    /// Cancels a job; what was complete is returned; nil: it had come to its end.
    private func cancel(_ former: JobID, isImpatient: Bool) throws(WeirError) -> CheckpointID? {
        do throws(WeirError) {
            try cluster.cancel(former)
        } catch let error where error.code == .unknownJob {
            return nil
        }
        return whatIsLeft(of: former, isImpatient)
    }

    /// What another job can go on from, once a job has ended that was told to; nil: it had come to its end.
    private func whatIsLeft(of former: JobID, _ isImpatient: Bool) -> CheckpointID? {
        if isImpatient { cluster.manager?.cancel(former) { _ in } }
        guard let end = cluster.runToEnd(former) else {
            monitor.violated("job \(former) did not end after it was told to")
            return nil
        }
        look()
        if end == .failed, let failure = cluster.report(former)?.failure,
            failure.code != .stopFailed, !job.errors.explains(failure)
        {
            monitor.violated("job \(former) failed when it was told to end: \(failure)")
        }
        let isWhole = cluster.world.disk.peek(CampaignJob.outputDirectory + "/_SUCCESS") != nil
        return end == .finished && isWhole ? nil : monitor.newest(of: former)
    }

    /// Takes a savepoint and cancels a job; nil: it goes on or has come to its end.
    private func saveAndCancel(
        _ former: JobID,
        isImpatient: Bool
    ) throws(WeirError) -> CheckpointID? {
        let savepoint: CheckpointID
        do throws(WeirError) {
            savepoint = try cluster.savepoint(former)
        } catch {
            return nil
        }
        monitor.keeps(savepoint, of: former)
        do throws(WeirError) {
            try cluster.cancel(former)
        } catch let error where error.code == .unknownJob {
            // A job manager that was asked before has done it, and could not say so.
        }
        if isImpatient { cluster.manager?.cancel(former) { _ in } }
        switch cluster.runToEnd(former) {
        case .canceled: return savepoint
        case .finished, .failed: return nil
        default:
            monitor.violated("job \(former) did not end after it was cancelled")
            return nil
        }
    }
}

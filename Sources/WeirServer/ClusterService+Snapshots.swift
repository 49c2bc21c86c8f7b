import WeirControl
import WeirCore
import WeirJobManager
import WeirREST
import WeirSnapshot

/// Checkpoints and savepoints.
extension ClusterService {
    /// The checkpoints of a job.
    public func checkpoints(
        of id: String
    ) async throws(WeirError) -> WeirREST.CheckpointStatistics {
        try await report(id).checkpointStatistics
    }

    /// One checkpoint with the part of each vertex.
    public func checkpoint(
        _ number: UInt64,
        of id: String
    ) async throws(WeirError) -> CheckpointDetails {
        let job = try await report(id)
        guard let record = job.status.checkpoints?.records.last(where: { $0.id.number == number })
        else {
            throw WeirError(
                .resourceUnknown,
                "Could not find checkpointing statistics for checkpoint \(number)."
            )
        }
        return job.details(record)
    }

    /// How a job takes checkpoints.
    public func checkpointConfiguration(
        of id: String
    ) async throws(WeirError) -> CheckpointConfiguration {
        let job = try await report(id)
        let settings = try job.resolvedSettings()
        return CheckpointConfiguration(
            interval: settings.checkpointInterval.wholeNanoseconds / 1_000_000,
            timeout: settings.checkpointTimeout.wholeNanoseconds / 1_000_000,
            minimumPause: settings.checkpointMinimumPause.wholeNanoseconds / 1_000_000,
            stateBackend: "weir",
            checkpointStorage: job.checkpointDirectory,
            tolerableFailures: settings.tolerableFailedCheckpoints,
            alignedTimeout: settings.alignedCheckpointTimeout.wholeNanoseconds / 1_000_000
        )
    }

    /// Takes a savepoint; returns its location when it is complete.
    public func takeSavepoint(
        of id: String,
        _ request: SavepointRequest
    ) async throws(WeirError) -> String {
        let target = try request.targetDirectory.map(path)
        let job = try await report(id)
        let checkpoint: CheckpointID = try await ask { manager.savepoint(job.id, $0) }
        let location = try await copy(checkpoint, of: job, to: target)
        if request.cancelsJob { try await cancel(id) }
        return location
    }

    /// Stops a job with a savepoint; returns its location when the job has ended.
    public func stop(
        _ id: String,
        _ request: WeirREST.StopRequest
    ) async throws(WeirError) -> String {
        let target = try request.targetDirectory.map(path)
        let job = try await report(id)
        let _: Void = try await ask { manager.stop(job.id, drain: request.drains, $0) }
        var ended = try await report(id)
        while !ended.state.isTerminal {
            await pause()
            ended = try await report(id)
        }
        if let failure = ended.failure { throw failure }
        if ended.state == .canceled {
            throw WeirError(
                .checkpointFailed,
                "Job \(id) was cancelled before its last checkpoint.",
                kind: .refused
            )
        }
        return try await copy(ended.status.lastCheckpoint, of: ended, to: target)
    }

    /// Takes a checkpoint; returns its number when it is complete.
    public func takeCheckpoint(
        of id: String,
        _ request: CheckpointRequest
    ) async throws(WeirError) -> UInt64 {
        try request.checkIsSupported()
        let job = try await report(id)
        let checkpoint: CheckpointID = try await ask { manager.checkpoint(job.id, $0) }
        return checkpoint.number
    }

    /// Removes a savepoint's files.
    public func disposeSavepoint(_ request: DisposalRequest) async throws(WeirError) {
        let place = try path(request.location)
        let directories = await reports().filter { !$0.state.isTerminal }.map(\.checkpointDirectory)
        try await inBackground { [world, savepoints] () throws(WeirError) in
            let location: SnapshotLocation
            do throws(WeirError) {
                location = try SnapshotLocation(place, world: world)
            } catch let missing where missing.code == .noSnapshot {
                throw WeirError(.resourceUnknown, missing.message, fix: missing.fix)
            }
            guard let checkpoint = location.checkpoint else {
                throw WeirError(
                    .requestInvalid,
                    "\(request.location) does not name one savepoint.",
                    fix: "Name it as DIRECTORY/chk-NUMBER."
                )
            }
            let own = try world.files.status(location.directory)
            for directory in directories {
                guard let own, try world.files.status(directory)?.isSameFile(as: own) == true else {
                    continue
                }
                throw WeirError(
                    .requestInvalid,
                    "\(request.location) is not removed.",
                    reason: "It shares files with the checkpoints of a job that runs.",
                    fix:
                        "Remove it when the job has ended; savepoints that were copied elsewhere can be "
                        + "removed at any time.",
                    kind: .refused
                )
            }
            try savepoints.dispose(checkpoint, of: location.store)
        }
    }

    // MARK: Helpers

    /// Copies a snapshot to where a client wants it; without a wish it stays where it is.
    private func copy(
        _ checkpoint: CheckpointID,
        of job: JobReport,
        to directory: String?
    ) async throws(WeirError) -> String {
        guard let directory else { return job.location(of: checkpoint) }
        try await inBackground { [world, savepoints] () throws(WeirError) in
            let store = LocalFileStore(world: world, directory: job.checkpointDirectory)
            try world.files.makeDirectory(directory)
            try savepoints.copy(
                checkpoint,
                of: CheckpointStore(store),
                to: LocalFileStore(world: world, directory: directory)
            )
        }
        return "\(directory)/chk-\(checkpoint)"
    }

    /// The path that a client means: absolute, or a URL of a file.
    func path(_ location: String) throws(WeirError) -> String {
        var path = location[...]
        if path.hasPrefix("file:") {
            path = path.dropFirst(5)
            if path.hasPrefix("//") { path = path.dropFirst(2) }
        }
        guard path.hasPrefix("/") else {
            throw WeirError(
                .requestInvalid,
                "\"\(location)\" is no place for snapshots.",
                reason: "The job manager has another working directory than its clients.",
                fix:
                    "Write an absolute path that all machines of the cluster reach, or file:///PATH."
            )
        }
        return String(path)
    }

    /// Waits a little.
    private func pause() async {
        await withCheckedContinuation { continuation in
            world.threads.background { [world] in
                let parker = world.threads.makeParker()
                parker.park(until: world.clock.monotonicNanoseconds() + 20_000_000)
                continuation.resume()
            }
        }
    }
}

import WeirControl
import WeirCore
import WeirPlan

/// A job whose directory is taken: what is done for a submission beside the job manager's thread.
struct PreparedJob: Sendable {
    let record: JobRecord
    let settings: JobSettings
    let graph: JobGraph
    let checkpointDirectory: String
    /// Nil for a job that has ended.
    let start: JobStart?
    /// The attempt that was begun last, by whomever; 0 if none was.
    let lastAttempt: Attempt

    /// Prepares a job that is handed in, and writes it down; one that is known is as it was.
    ///
    /// - Throws: `unknownKey`, `badValue`, `badGraph`; `dataDirectoryInUse`, file errors.
    static func new(
        _ submission: JobSubmission,
        in directory: LeaderDirectory,
        world: any World
    ) throws(WeirError) -> PreparedJob {
        if let known = try directory.records.load(submission.id) {
            return try PreparedJob(known, in: directory, isNew: false, world: world)
        }
        let record = JobRecord(submission, at: world.clock.wallMilliseconds())
        let prepared = try PreparedJob(record, in: directory, isNew: true, world: world)
        #if Sabotage
        FailPoint.startingPrepared.reach()
        #endif
        do throws(WeirError) {
            try directory.records.store(record)
        } catch {
            prepared.start?.directory.release()
            throw error
        }
        #if Sabotage
        FailPoint.startingRecorded.reach()
        #endif
        return prepared
    }

    /// Prepares a job that is written down.
    ///
    /// - Throws: as `new`.
    static func known(
        _ record: JobRecord,
        in directory: LeaderDirectory,
        world: any World
    ) throws(WeirError) -> PreparedJob {
        try PreparedJob(record, in: directory, isNew: false, world: world)
    }

    private init(
        _ record: JobRecord,
        in directory: LeaderDirectory,
        isNew: Bool,
        world: any World
    ) throws(WeirError) {
        let submission = record.submission
        self.record = record
        settings = try submission.resolvedSettings()
        graph = try JobGraph(
            submission.graph,
            parallelism: settings.parallelism,
            maxParallelism: settings.maxParallelism,
            isChainingEnabled: settings.isChainingEnabled
        )
        let path = directory.job(submission.id)
        checkpointDirectory = path + "/checkpoints"
        guard record.end == nil else {
            start = nil
            lastAttempt = Attempt(0)
            return
        }
        let own = try DataDirectory(
            path,
            isLasting: true,
            id: submission.id,
            mayBeWrittenTo: !isNew,
            leader: directory.isShared ? directory.epoch : nil,
            world: world
        )
        do throws(WeirError) {
            // Once there is an own checkpoint, it is what the job goes on from.
            let snapshot = try own.hasCompleted() ? nil : submission.snapshot
            start = try JobStart(
                directory: own,
                options: JobOptions(
                    settings: settings,
                    snapshot: snapshot,
                    droppedStates: submission.droppedStates
                )
            )
            lastAttempt = try own.lastAttempt()
        } catch {
            own.release()
            throw error
        }
    }
}

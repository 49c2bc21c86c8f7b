/// The catalogue of errors. One line each: what it means.
extension ErrorCode {
    // MARK: Files and the machine

    /// A file operation failed; the message carries path, operation and the system's reason.
    public static let fileFailed = ErrorCode("WR-FILE-001", .fixEnvironment)
    /// A file that must exist does not.
    public static let fileMissing = ErrorCode("WR-FILE-002", .fixEnvironment)
    /// The disk is full.
    public static let diskFull = ErrorCode("WR-FILE-003", .fixEnvironment)
    /// A file that must be new exists already.
    public static let fileExists = ErrorCode("WR-FILE-004", .refused)
    /// The system does not let this process use a path, and trying again does not change it.
    ///
    /// A permission, a file where a directory must be, a volume that cannot be written.
    public static let fileRefused = ErrorCode("WR-FILE-005", .fixEnvironment)
    /// A network operation failed.
    public static let networkFailed = ErrorCode("WR-NET-001", .retry)
    /// A peer sent bytes that are not the protocol's; the connection is given up.
    public static let protocolViolated = ErrorCode("WR-NET-002", .retry)
    /// A child process could not be started or failed.
    public static let processFailed = ErrorCode("WR-PROC-001", .fixEnvironment)

    // MARK: Data

    /// A record cannot be decoded.
    public static let malformedRecord = ErrorCode("WR-DATA-001", .fixJob)
    /// Encoded bytes do not decode.
    public static let corruptBytes = ErrorCode("WR-DATA-003", .corruption)

    // MARK: State

    /// The image store (RocksDB) reported an error.
    public static let imageFailed = ErrorCode("WR-STATE-001", .fixEnvironment)
    /// State in the snapshot belongs to no operator of the job.
    public static let unmatchedState = ErrorCode("WR-STATE-002", .refused)
    /// Two states or operators carry the same name.
    public static let ambiguousName = ErrorCode("WR-STATE-003", .fixJob)
    /// State was written with a schema that the job's does not accept.
    public static let incompatibleState = ErrorCode("WR-STATE-004", .refused)
    /// State is to be given up that the snapshot does not hold.
    public static let noStateToDrop = ErrorCode("WR-STATE-005", .refused)

    // MARK: Checkpoints

    /// A file of a snapshot is corrupt: wrong checksum, length or format.
    public static let corruptSnapshot = ErrorCode("WR-CKPT-001", .corruption)
    /// A file of a snapshot is missing.
    public static let missingSnapshotFile = ErrorCode("WR-CKPT-002", .corruption)
    /// No usable snapshot was found where one was asked for.
    public static let noSnapshot = ErrorCode("WR-CKPT-003", .refused)
    /// A checkpoint did not complete; the message names the task and the phase.
    public static let checkpointFailed = ErrorCode("WR-CKPT-004", .retry)
    /// The snapshot was made by a newer or unknown format version.
    public static let snapshotVersion = ErrorCode("WR-CKPT-005", .refused)
    /// The restore asks for another maximum parallelism than the snapshot's.
    public static let maxParallelismChanged = ErrorCode("WR-CKPT-007", .refused)
    /// An attempt that has been replaced tried to commit or delete.
    public static let staleAttempt = ErrorCode("WR-CKPT-008", .refused)
    /// Output that a checkpoint promises is not there any more; trying again does not bring it back.
    public static let outputMissing = ErrorCode("WR-CKPT-009", .refused)
    /// A job that was to be stopped ended without a last checkpoint, since that failed again and again.
    public static let stopFailed = ErrorCode("WR-CKPT-010", .retry)

    // MARK: Jobs

    /// The job graph is not usable: a cycle, a missing input, a bad parallelism.
    public static let badGraph = ErrorCode("WR-JOB-001", .fixJob)
    /// User code or a connector threw while the job ran.
    public static let jobFailed = ErrorCode("WR-JOB-002", .fixJob)
    /// The data directory belongs to another job, or is in use by a live process.
    public static let dataDirectoryInUse = ErrorCode("WR-JOB-003", .refused)
    /// The input is another one than the one that the job is in the middle of, or was cut.
    public static let inputChanged = ErrorCode("WR-JOB-005", .refused)
    /// Another live job writes into the output directory.
    public static let outputInUse = ErrorCode("WR-JOB-006", .refused)
    /// Work was given up because the attempt that it was for has ended.
    public static let cancelled = ErrorCode("WR-JOB-004", .retry)

    // MARK: The cluster

    /// A worker process has ended; what it ran starts again elsewhere, or there.
    public static let workerLost = ErrorCode("WR-CLUSTER-001", .retry)
    /// A task manager has not been heard of for too long, or has left.
    public static let taskManagerLost = ErrorCode("WR-CLUSTER-002", .retry)
    /// There are fewer free slots than the job needs.
    public static let noSlots = ErrorCode("WR-CLUSTER-003", .retry)
    /// There is no such job.
    public static let unknownJob = ErrorCode("WR-CLUSTER-004", .refused)
    /// A running job cannot be brought to another parallelism.
    public static let rescaleRefused = ErrorCode("WR-CLUSTER-005", .refused)
    /// There is no such task manager.
    public static let unknownTaskManager = ErrorCode("WR-CLUSTER-006", .refused)
    /// An executable cannot run on this machine, or is none.
    public static let artifactRefused = ErrorCode("WR-CLUSTER-007", .refused)
    /// A job's executable did not tell its plan.
    public static let planFailed = ErrorCode("WR-CLUSTER-008", .fixJob)
    /// There is no local cluster, or there is one already.
    public static let localCluster = ErrorCode("WR-CLUSTER-009", .refused)
    /// A job manager that led leads no more; another one does, or will.
    public static let leadershipLost = ErrorCode("WR-CLUSTER-010", .retry)
    /// The store by which job managers agree who leads does not answer, or not as it should.
    public static let metadataStoreFailed = ErrorCode("WR-CLUSTER-011", .fixEnvironment)
    /// A worker's process used more memory than its slots have.
    public static let memoryExceeded = ErrorCode("WR-CLUSTER-012", .fixJob)

    // MARK: Requests to the REST server

    /// A request is not understood; the message names the parameter, or field and position.
    public static let requestInvalid = ErrorCode("WR-REST-001", .fixConfiguration)
    /// What a request names is not there.
    public static let resourceUnknown = ErrorCode("WR-REST-002", .fixConfiguration)
    /// A request's body is larger than allowed.
    public static let requestTooLarge = ErrorCode("WR-REST-003", .fixConfiguration)
    /// A request carries no or another token, or comes from another site's page.
    public static let requestUnauthorized = ErrorCode("WR-REST-004", .fixConfiguration)
    /// The server would be open to everyone on the network.
    public static let addressUnprotected = ErrorCode("WR-REST-005", .fixConfiguration)
    /// The server has as much to do as it may have.
    public static let serverBusy = ErrorCode("WR-REST-006", .retry)

    // MARK: Configuration and the command line

    /// A configuration key is unknown; the fix names the nearest known one.
    public static let unknownKey = ErrorCode("WR-CONF-001", .fixConfiguration)
    /// A configuration value does not parse or is out of range.
    public static let badValue = ErrorCode("WR-CONF-002", .fixConfiguration)
    /// The command line is wrong.
    public static let usage = ErrorCode("WR-CLI-001", .fixConfiguration)
    /// The server that a command asks does not answer.
    public static let serverUnreachable = ErrorCode("WR-CLI-002", .retry)
    /// Nothing can be said about a job's output: it commits none, or another one each time.
    public static let notProvable = ErrorCode("WR-CLI-003", .refused)
}

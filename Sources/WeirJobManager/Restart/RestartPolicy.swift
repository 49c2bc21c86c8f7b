import WeirCore
import WeirSnapshot

/// Decides whether a job that failed starts again, and after what wait.
///
/// Errors that are the job's own (bad records, user code) are tried three times without progress in
/// between, then the job fails with the record's position. A file that is missing, or that the system
/// does not let it use, fails a job that has not begun, since that is a wrong path.
/// A snapshot whose damage is found late, when its state is loaded or merged, is left once: the next
/// attempt verifies all files and takes an older one. The loss of a worker, a task manager or a connection
/// is answered at once where the strategy is exponential, if it is the first one since the job made
/// progress. The others follow the strategy. Pure.
public struct RestartPolicy: Sendable {
    /// What to do after a failure.
    public enum Decision: Sendable, Equatable {
        /// Start again after a wait, in nanoseconds.
        case restart(after: Int64)
        /// Give up.
        case fail
    }

    private let settings: JobSettings
    private var failures: [Int64] = []
    private var wait: Int64 = 0
    private var lastFailure: Int64?
    private var jobErrorsWithoutProgress = 0
    /// Whether the last failure was one of the job's own.
    private var wasJobError = false
    /// Whether something was lost since the last progress.
    private var hasMetLoss = false
    /// Whether a snapshot's damage was found since the last progress.
    private var hasMetDamage = false
    /// Whether the job has a checkpoint to go back to; stays true.
    private var hasBegun = false
    /// Whether the attempt completed a checkpoint, and nothing but losses has happened since.
    private var isTrusted = false

    /// Errors of the job itself that are tried again.
    public static let jobErrorLimit = 3

    /// The policy of a job that has not failed.
    public init(_ settings: JobSettings) { self.settings = settings }

    /// A checkpoint completed: what failed before has been passed.
    public mutating func progressed() {
        note("progressed")
        jobErrorsWithoutProgress = 0
        hasMetDamage = false
        hasMetLoss = false
        hasBegun = true
        isTrusted = true
    }

    /// How closely the next attempt's checkpoint is looked at before it starts.
    ///
    /// To read all of it takes as long as to restore it. An attempt that was lost had just written a
    /// checkpoint, which is believed once: its tasks check what they read, and if one finds damage the
    /// attempt after that is preceded by a look at every byte.
    public var verification: SnapshotVerification { isTrusted ? .sizes : .checksums }

    /// An attempt goes on from a checkpoint or a snapshot: the job did something before.
    public mutating func restored() {
        note("restored")
        hasBegun = true
        isTrusted = false
    }

    /// Counts a transition, where they are counted.
    private func note(_ event: @autoclosure () -> String) {
        #if Sabotage
        TransitionCoverage.note("RestartPolicy", hasBegun ? "begun" : "fresh", event())
        #endif
    }

    /// The job failed at `now` (monotonic nanoseconds).
    public mutating func failed(_ error: WeirError, now: Int64) -> Decision {
        wasJobError = error.kind == .fixJob || error.kind == .bug
        if !isLoss(error) { isTrusted = false }
        note("\(error.kind)")
        switch error.kind {
        case .corruption where error.isDamage && hasBegun && !hasMetDamage:
            hasMetDamage = true
        case .refused, .fixConfiguration, .corruption: return .fail
        case .fixJob, .bug:
            jobErrorsWithoutProgress += 1
            if jobErrorsWithoutProgress >= RestartPolicy.jobErrorLimit { return .fail }
        case .fixEnvironment where isWrongPath(error) && !hasBegun: return .fail
        case .retry, .fixEnvironment: break
        }
        defer { lastFailure = now }
        switch settings.restartStrategy {
        case .none: return .fail
        case .fixedDelay:
            failures.append(now)
            return failures.count > settings.fixedDelayAttempts
                ? .fail : .restart(after: settings.fixedDelay.wholeNanoseconds)
        case .failureRate:
            failures.append(now)
            failures.removeAll { $0 < now - settings.failureRateInterval.wholeNanoseconds }
            return failures.count > settings.failureRateMaximum
                ? .fail : .restart(after: settings.failureRateDelay.wholeNanoseconds)
        case .exponentialDelay:
            if isLoss(error), !hasMetLoss {
                hasMetLoss = true
                return .restart(after: 0)
            }
            return .restart(after: nextBackoff(now))
        }
    }

    /// Another error of an attempt that has failed already, such as the crash of the worker behind a
    /// connection that broke; whether the job is to be given up.
    public mutating func alsoFailed(_ error: WeirError) -> Bool {
        if !isLoss(error) { isTrusted = false }
        guard !wasJobError, error.kind == .fixJob || error.kind == .bug else { return false }
        wasJobError = true
        jobErrorsWithoutProgress += 1
        return jobErrorsWithoutProgress >= RestartPolicy.jobErrorLimit
    }

    private func isLoss(_ error: WeirError) -> Bool {
        let losses: [ErrorCode] = [.workerLost, .taskManagerLost, .networkFailed]
        return error.kind == .retry && losses.contains(error.code)
    }

    private func isWrongPath(_ error: WeirError) -> Bool {
        error.code == .fileMissing || error.code == .fileRefused
    }

    private mutating func nextBackoff(_ now: Int64) -> Int64 {
        let hasRecovered =
            lastFailure.map { now - $0 >= settings.backoffResetThreshold.wholeNanoseconds } ?? true
        wait =
            hasRecovered || wait == 0
            ? settings.initialBackoff.wholeNanoseconds
            : min(
                Int64(Double(wait) * settings.backoffMultiplier),
                settings.maximumBackoff.wholeNanoseconds
            )
        return wait
    }
}

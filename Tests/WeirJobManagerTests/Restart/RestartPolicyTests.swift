import Testing
import WeirCore
import WeirJobManager
import WeirSnapshot

@Suite("Whether a job that failed starts again")
struct RestartPolicyTests {
    private static let missing = WeirError(.fileMissing, "The input /nowhere is not there.")
    private static let second: Int64 = 1_000_000_000

    private static func settings(_ strategy: RestartStrategyKind) -> JobSettings {
        var settings = JobSettings()
        settings.restartStrategy = strategy
        settings.initialBackoff = .seconds(1)
        settings.backoffMultiplier = 2
        settings.maximumBackoff = .seconds(60)
        settings.fixedDelayAttempts = 5
        settings.fixedDelay = .seconds(1)
        settings.failureRateMaximum = 5
        settings.failureRateDelay = .seconds(1)
        return settings
    }

    private static let refused = WeirError(.fileRefused, "opening /locked/x failed")

    @Test(
        "a missing or refused file fails a job that never completed a checkpoint nor was restored",
        arguments: RestartStrategyKind.allCases,
        [missing, refused]
    )
    func wrongPath(strategy: RestartStrategyKind, error: WeirError) {
        var policy = RestartPolicy(Self.settings(strategy))
        #expect(policy.failed(error, now: 0) == .fail)
    }

    @Test("a checkpoint is believed once, if what follows it is a loss and nothing else")
    func verification() {
        let loss = WeirError(.workerLost, "Worker 3 is gone.")
        var policy = RestartPolicy(Self.settings(.exponentialDelay))
        #expect(policy.verification == .checksums)
        policy.progressed()
        _ = policy.failed(loss, now: 0)
        #expect(policy.verification == .sizes)
        policy.restored()
        // The attempt after it completed nothing: something may be wrong with what it read.
        _ = policy.failed(loss, now: 1)
        #expect(policy.verification == .checksums)
        policy.progressed()
        _ = policy.failed(loss, now: 2)
        _ = policy.alsoFailed(WeirError(.corruptSnapshot, "A block's checksum does not match."))
        #expect(policy.verification == .checksums)
        policy.progressed()
        _ = policy.failed(WeirError(.diskFull, "The disk is full."), now: 3)
        #expect(policy.verification == .checksums)
    }

    @Test("other failures before do not make a missing file anything else")
    func missingFileLater() {
        var policy = RestartPolicy(Self.settings(.exponentialDelay))
        let passing = WeirError(.diskFull, "The disk is full.")
        #expect(policy.failed(passing, now: 0) == .restart(after: Self.second))
        #expect(policy.failed(passing, now: 1) == .restart(after: 2 * Self.second))
        #expect(policy.failed(Self.missing, now: 2) == .fail)
    }

    @Test(
        "a missing or refused file restarts a job that completed a checkpoint, by the strategy",
        arguments: [.exponentialDelay, .fixedDelay, .failureRate] as [RestartStrategyKind],
        [missing, refused]
    )
    func afterCheckpoint(strategy: RestartStrategyKind, error: WeirError) {
        var policy = RestartPolicy(Self.settings(strategy))
        policy.progressed()
        #expect(policy.failed(error, now: 0) == .restart(after: Self.second))
    }

    @Test("a missing file restarts a job that was restored, again and again")
    func afterRestore() {
        var policy = RestartPolicy(Self.settings(.exponentialDelay))
        policy.restored()
        #expect(policy.failed(Self.missing, now: 0) == .restart(after: Self.second))
        policy.restored()
        #expect(policy.failed(Self.missing, now: 1) == .restart(after: 2 * Self.second))
    }

    @Test("damage that is found late makes the job take an older checkpoint, once")
    func lateDamage() {
        let damage = WeirError(.corruptSnapshot, "A block's checksum does not match.")
        var fresh = RestartPolicy(Self.settings(.exponentialDelay))
        #expect(fresh.failed(damage, now: 0) == .fail)
        var policy = RestartPolicy(Self.settings(.exponentialDelay))
        policy.restored()
        #expect(policy.failed(damage, now: 0) == .restart(after: Self.second))
        policy.restored()
        #expect(policy.failed(damage, now: 1) == .fail)
        policy.progressed()
        #expect(policy.failed(damage, now: 2) != .fail)
        #expect(policy.failed(WeirError(.corruptBytes, "No row."), now: 3) == .fail)
    }

    @Test("an error of the job itself fails the third time without a checkpoint between")
    func jobErrors() {
        var policy = RestartPolicy(Self.settings(.exponentialDelay))
        let bad = WeirError(.malformedRecord, "No number.")
        #expect(policy.failed(bad, now: 0) == .restart(after: Self.second))
        #expect(policy.failed(bad, now: 1) == .restart(after: 2 * Self.second))
        policy.progressed()
        #expect(policy.failed(bad, now: 2) == .restart(after: 4 * Self.second))
        #expect(policy.failed(bad, now: 3) == .restart(after: 8 * Self.second))
        #expect(policy.failed(bad, now: 4) == .fail)
    }

    @Test(
        "the first loss since the last progress is answered at once, by an exponential strategy only"
    )
    func losses() {
        let lost = WeirError(.workerLost, "Worker 1 is lost.")
        var policy = RestartPolicy(Self.settings(.exponentialDelay))
        #expect(policy.failed(lost, now: 0) == .restart(after: 0))
        #expect(policy.failed(lost, now: 1) == .restart(after: Self.second))
        policy.progressed()
        #expect(
            policy.failed(WeirError(.networkFailed, "It is gone."), now: 2) == .restart(after: 0)
        )
        var fixed = RestartPolicy(Self.settings(.fixedDelay))
        #expect(fixed.failed(lost, now: 0) == .restart(after: Self.second))
        // A worker that crashed by itself is no such loss.
        var crashed = RestartPolicy(Self.settings(.exponentialDelay))
        let crash = WeirError(.workerLost, "Worker 1 is lost.", kind: .fixJob)
        #expect(crashed.failed(crash, now: 0) == .restart(after: Self.second))
    }

    @Test("a crash behind a broken connection counts as the job's own error, once an attempt")
    func crashBehindConnection() {
        var policy = RestartPolicy(Self.settings(.exponentialDelay))
        let broken = WeirError(.networkFailed, "It is gone.")
        let crash = WeirError(.workerLost, "Worker 1 is lost.", kind: .fixJob)
        for attempt in 0..<2 {
            #expect(policy.failed(broken, now: Int64(attempt)) != .fail)
            #expect(policy.alsoFailed(WeirError(.workerLost, "killed")) == false)
            #expect(policy.alsoFailed(crash) == false)
            #expect(policy.alsoFailed(crash) == false)
        }
        #expect(policy.failed(broken, now: 3) != .fail)
        #expect(policy.alsoFailed(crash) == true)
    }
}

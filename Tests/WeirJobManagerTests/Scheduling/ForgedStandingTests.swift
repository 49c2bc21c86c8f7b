import Testing
import WeirControl
import WeirCore
import WeirJobManager
import WeirTransport

@Suite("Tasks that outlived a job manager")
struct ForgedStandingTests {
    private func outcome(_ change: (inout DeployedPart) -> Void) -> JobAdoption.Outcome? {
        var part = DeployedPart(
            attempt: Attempt(3),
            slots: [0],
            workers: [DataAddress(host: "h", port: 1)],
            own: 0
        )
        change(&part)
        var adoption = JobAdoption(
            lastAttempt: Attempt(3),
            graphFingerprint: 7,
            slotCount: 1,
            deadline: 100
        )
        let standing = WorkerStanding(dataPort: 1, graphFingerprint: 7, deployed: part)
        let event = JobAdoption.Event.standing(1, taskManager: "tm", host: "h", standing)
        return adoption.handle(event, at: 1)
    }

    @Test("are not taken over with checkpoints that nobody can have taken")
    func impossibleCheckpoints() {
        guard case .adopt = outcome({ $0.highest = CheckpointID(9) }) else {
            Issue.record("a worker that tells the truth is not taken over")
            return
        }
        for (completed, highest) in [
            (UInt64.max, UInt64.max), (0, .max), (0, 1 << 61), (1 << 63, 1 << 63),
        ] {
            let outcome = outcome {
                $0.completed = CheckpointID(completed)
                $0.highest = CheckpointID(highest)
            }
            let reason = JobAdoption.Outcome.giveUp("worker 1 tells of checkpoints that cannot be")
            #expect(outcome == reason)
        }
    }
}

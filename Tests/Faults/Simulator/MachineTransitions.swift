#if Sabotage
import WeirCore

/// The transitions of the control plane's machines, and why some are not taken in the simulator.
enum MachineTransitions {
    static let tables = [
        TransitionCoverage.Table(
            "CheckpointCoordinator",
            states: ["deploying", "idle", "gathering", "publishing"],
            events: [
                "attemptStarted", "attemptAdopted", "allTasksRunning", "attemptFailed",
                "timerFired", "phaseReached",
                "acknowledged", "declined", "inputExhausted", "taskFinished", "committed",
                "manifestPublished", "manifestFailed", "savepointRequested", "stopRequested",
            ]
        ),
        TransitionCoverage.Table(
            "JobScheduler",
            states: [
                "idle", "waitingForSlots", "waitingForWorkers", "deployed", "cancelling", "over",
            ],
            events: [
                "deploy", "cancel", "jobEnded", "slotsAllocated", "workerReady", "workerEnded",
                "attemptFailed", "attemptEnded", "timePassed",
            ]
        ),
        TransitionCoverage.Table(
            "JobManagerLink",
            states: ["waiting", "connecting", "registering", "registered"],
            events: [
                "connected", "connectionFailed", "welcome", "refused", "heard", "connectionLost",
                "timePassed",
            ]
        ),
        TransitionCoverage.Table(
            "ExecutionGraph",
            states: [
                "created", "running", "restarting", "cancelling", "canceled", "finished", "failed",
            ],
            events: [
                "scheduled", "deployed", "running", "failed", "cancelling", "cancelled",
                "cancelRequested", "ended",
            ]
        ),
        TransitionCoverage.Table(
            "BarrierAligner",
            states: ["idle", "aligning", "recording"],
            events: ["barrierReceived", "channelFinished", "timeoutReached", "aborted"]
        ),
        TransitionCoverage.Table(
            "RestartPolicy",
            states: ["fresh", "begun"],
            events: [
                "progressed", "restored", "retry", "fixEnvironment", "fixConfiguration", "fixJob",
                "refused", "corruption", "bug",
            ]
        ),
        TransitionCoverage.Table(
            "SlotPool",
            states: ["empty", "free", "full"],
            events: ["add", "remove", "allocate", "release"]
        ),
    ]
}
#endif

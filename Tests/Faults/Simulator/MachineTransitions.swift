#if Sabotage
import WeirCore

/// The transitions of the control plane's machines, and why some are not taken in the simulator.
enum MachineTransitions {
    static let tables = [
        coordinator, scheduler, adoption, link, execution, aligner, restartPolicy, slots,
    ]

    /// The same reason for several transitions of a table.
    private static func because(_ reason: String, _ transitions: String...) -> [String: String] {
        Dictionary(uniqueKeysWithValues: transitions.map { ($0, reason) })
    }

    /// The same reason for events in several states.
    private static func because(
        _ reason: String,
        in states: [String],
        _ events: String...
    ) -> [String: String] {
        let transitions = states.flatMap { state in events.map { "\(state) \($0)" } }
        return Dictionary(uniqueKeysWithValues: transitions.map { ($0, reason) })
    }

    private static func all(_ parts: [String: String]...) -> [String: String] {
        parts.reduce(into: [:]) { $0.merge($1) { one, _ in one } }
    }

    private static let coordinator = TransitionCoverage.Table(
        "CheckpointCoordinator",
        states: ["deploying", "idle", "gathering", "publishing"],
        events: [
            "attemptStarted", "attemptAdopted", "allTasksRunning", "attemptFailed", "timerFired",
            "phaseReached", "acknowledged", "declined", "inputExhausted", "taskFinished",
            "committed", "manifestPublished", "manifestFailed", "savepointRequested",
            "checkpointRequested", "stopRequested",
        ],
        unreachable: all(
            because(
                "JobMaster starts no attempt while a manifest is being stored (Checkpointing.isBusy)",
                "publishing attemptStarted"
            ),
            because(
                "an attempt is adopted before anything else happens to the job (JobMaster.adopting)",
                in: ["idle", "gathering", "publishing"],
                "attemptAdopted"
            ),
            because(
                "told once an attempt, which is deploying until then (Checkpointing.starting)",
                in: ["idle", "gathering", "publishing"],
                "allTasksRunning"
            ),
            because(
                "tasks live on after their input has ended, to take barriers; nobody tells it",
                in: ["deploying", "idle", "gathering", "publishing"],
                "taskFinished"
            ),
            because(
                "no checkpoint is triggered before all tasks of the attempt run",
                in: ["deploying"],
                "phaseReached",
                "acknowledged",
                "declined",
                "committed"
            ),
            because(
                "the phase stays publishing until the store has answered, or the job is given up",
                in: ["idle", "gathering"],
                "manifestPublished",
                "manifestFailed"
            )
        )
    )

    private static let scheduler = TransitionCoverage.Table(
        "JobScheduler",
        states: [
            "idle", "waitingForSlots", "waitingForWorkers", "deployed", "cancelling", "over",
        ],
        events: [
            "deploy", "cancel", "jobEnded", "slotsAllocated", "workerReady", "workerEnded",
            "attemptFailed", "attemptEnded", "timePassed",
        ],
        unreachable: all(
            because(
                "JobMaster deploys when it has been told that the attempt before has ended",
                in: ["waitingForSlots", "waitingForWorkers", "deployed", "cancelling", "over"],
                "deploy"
            ),
            because(
                "JobMaster cancels an attempt once, and none after the job's end",
                "cancelling cancel",
                "over cancel"
            ),
            because(
                "JobMaster ends a job when it has been told that its attempt has ended, and once",
                in: ["waitingForSlots", "waitingForWorkers", "cancelling", "over"],
                "jobEnded"
            ),
            because(
                "slots are given only while somebody waits for them (ClusterJob.wantedSlots)",
                in: ["idle", "waitingForWorkers", "deployed", "cancelling", "over"],
                "slotsAllocated"
            ),
            because(
                "there is no deadline in this state",
                in: ["idle", "deployed", "over"],
                "timePassed"
            ),
            because(
                "a worker fails to start its tasks of what the job manager looks at before: another "
                    + "graph, settings, unmatched state, a manifest too large for a message",
                in: [
                    "idle", "waitingForSlots", "waitingForWorkers", "deployed", "cancelling",
                    "over",
                ],
                "attemptFailed"
            )
        )
    )

    private static let adoption = TransitionCoverage.Table(
        "JobAdoption",
        states: ["unheard", "partly"],
        events: ["standing", "task", "workerEnded", "timePassed"]
    )

    private static let link = TransitionCoverage.Table(
        "JobManagerLink",
        states: ["waiting", "connecting", "registering", "registered"],
        events: [
            "connected", "connectionFailed", "challenged", "welcome", "refused", "heard",
            "connectionLost", "timePassed",
        ],
        unreachable: all(
            because(
                "TaskManagerThread connects in the state connecting only, once",
                in: ["waiting", "registering", "registered"],
                "connected",
                "connectionFailed"
            ),
            because(
                "there is no connection in this state",
                in: ["connecting"],
                "challenged",
                "welcome",
                "refused",
                "connectionLost"
            ),
            because(
                "nothing but the connection's end, or the same again, follows a refusal",
                in: ["waiting"],
                "challenged",
                "welcome"
            ),
            because(
                "TaskManagerThread takes signs of life only when it is registered",
                in: ["waiting", "connecting", "registering"],
                "heard"
            ),
            because(
                "the first frame of a connection, and never repeated: a second one would end it",
                "registered challenged"
            ),
            because(
                "a job manager refuses only who has not registered",
                "registered refused"
            )
        )
    )

    private static let execution = TransitionCoverage.Table(
        "ExecutionGraph",
        states: [
            "created", "running", "restarting", "cancelling", "canceled", "finished", "failed",
        ],
        events: [
            "scheduled", "deployed", "running", "failed", "cancelling", "cancelled",
            "cancelRequested", "ended",
        ],
        unreachable: all(
            because(
                "the job's master has ended before, and told all that it had to",
                in: ["canceled", "finished", "failed"],
                "scheduled",
                "deployed",
                "cancelling",
                "cancelled",
                "cancelRequested",
                "ended"
            ),
            because(
                "the tasks of a job that never ran are ended for a failure or a person's wish, which "
                    + "is noted before",
                "created cancelling",
                "created cancelled"
            )
        )
    )

    private static let aligner = TransitionCoverage.Table(
        "BarrierAligner",
        states: ["idle", "aligning", "recording"],
        events: ["barrierReceived", "channelFinished", "timeoutReached", "aborted"],
        unreachable: all(
            because(
                "channels carry barriers until the job's end, after their last row as before",
                in: ["idle", "aligning", "recording"],
                "channelFinished"
            ),
            because(
                "there is no deadline in this state",
                in: ["idle", "recording"],
                "timeoutReached"
            )
        )
    )

    private static let restartPolicy = TransitionCoverage.Table(
        "RestartPolicy",
        states: ["fresh", "begun"],
        events: [
            "progressed", "restored", "retry", "fixEnvironment", "fixConfiguration", "fixJob",
            "refused", "corruption", "bug",
        ]
    )

    private static let slots = TransitionCoverage.Table(
        "SlotPool",
        states: ["empty", "free", "full"],
        events: ["add", "remove", "allocate", "release"],
        unreachable: because("who is removed was added before", "empty remove")
    )
}
#endif

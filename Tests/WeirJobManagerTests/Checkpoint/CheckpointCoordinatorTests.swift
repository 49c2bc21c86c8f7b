import Testing
import WeirCore
import WeirJobManager
import WeirPlan
import WeirSnapshot

@Suite("The checkpoint coordinator")
struct CheckpointCoordinatorTests {
    private let first = Conversation.first
    private let one = CheckpointID(1)
    private let two = CheckpointID(2)
    private let sources = Conversation.sources

    @Test("a checkpoint: trigger, answers, manifest, commit")
    func checkpoint() throws {
        var job = try Conversation(interval: 100)
        job.leavesOutHousekeeping = false
        #expect(job.say(.attemptStarted(first, highest: .none), at: 0) == [])
        #expect(job.say(.allTasksRunning(first), at: 10) == [.schedule(at: 110)])
        #expect(
            job.say(.timerFired, at: 110) == [
                .trigger(sources, Conversation.barrier(1, at: 110)), .schedule(at: 1110),
            ]
        )
        let manifest = job.acknowledgeAll(1).manifest
        #expect(manifest?.checkpoint == one)
        #expect(manifest?.triggeredAt == 1_000_110)
        #expect(manifest?.operators.map(\.subtasks.count) == [2, 2])
        #expect(
            job.say(.manifestPublished(one), at: 130) == [
                .notifyComplete(one, first), .clean(first), .schedule(at: 210),
            ]
        )
        #expect(job.coordinator.statistics.lastDuration == 20)
        #expect(
            job.say(.timerFired, at: 210)
                == [
                    .trigger(sources, Conversation.barrier(2, at: 210, after: one)),
                    .schedule(at: 1210),
                ]
        )
    }

    @Test("nothing is triggered before all tasks run, and nothing twice")
    func deploying() throws {
        var job = try Conversation()
        #expect(job.say(.attemptStarted(first, highest: .none), at: 0) == [])
        #expect(job.say(.timerFired, at: 500) == [])
        #expect(job.say(.allTasksRunning(Attempt(2)), at: 500) == [])
        #expect(job.say(.allTasksRunning(first), at: 500) == [])
        #expect(job.say(.timerFired, at: 600).count == 1)
        #expect(job.say(.timerFired, at: 900) == [])
        #expect(job.coordinator.pending == one)
    }

    @Test("ids go on from the highest that the store has seen")
    func ids() throws {
        var job = try Conversation()
        let seventh = Attempt(7)
        _ = job.say(.attemptStarted(seventh, highest: CheckpointID(41)), at: 0)
        _ = job.say(.allTasksRunning(seventh), at: 0)
        #expect(
            job.say(.timerFired, at: 100)
                == [.trigger(sources, Conversation.barrier(42, at: 100, attempt: seventh))]
        )
    }

    @Test("answers of other attempts, other checkpoints, or given before are ignored")
    func stale() throws {
        var job = try Conversation.running()
        _ = job.say(.timerFired, at: 100)
        let task = Conversation.tasks[0]
        let part = Conversation.snapshot(of: task)
        #expect(job.say(.acknowledged(task, Attempt(2), one, part)) == [])
        #expect(job.say(.acknowledged(task, first, two, part)) == [])
        #expect(job.say(.acknowledged(task, first, one, part)) == [])
        #expect(job.say(.acknowledged(task, first, one, part)) == [])
        let error = WeirError(.diskFull, "full")
        #expect(job.say(.declined(task, first, one, error)) == [])
        #expect(job.say(.manifestPublished(one)) == [])
        #expect(job.say(.manifestFailed(one, error)) == [])
        #expect(job.coordinator.statistics.staleAnswers == 6)
        #expect(job.acknowledgeAll(1).manifest != nil)
    }

    @Test("a task that declines ends the checkpoint, and the next has another id")
    func declined() throws {
        var job = try Conversation.running()
        _ = job.say(.timerFired, at: 100)
        let full = WeirError(.diskFull, "No space left.", fix: "Free some.")
        let actions = job.say(.declined(Conversation.tasks[3], first, one, full), at: 120)
        #expect(actions.count == 1)
        #expect(actions.abortion?.code == .checkpointFailed)
        #expect(actions.abortion?.message == "Checkpoint 1 failed at count 2/2.")
        #expect(actions.abortion?.reason == "No space left.")
        #expect(job.acknowledgeAll(1) == [])
        #expect(
            job.say(.timerFired, at: 200)
                == [.trigger(sources, Conversation.barrier(2, at: 200))]
        )
    }

    @Test("a slow checkpoint is given up, naming the tasks and their phases")
    func timeout() throws {
        var job = try Conversation.running(timeout: 50_000_000)
        _ = job.say(.timerFired, at: 100)
        _ = job.say(.phaseReached(Conversation.tasks[2], first, one, .aligning))
        _ = job.acknowledgeAll(1, except: Set(Conversation.tasks[2...]))
        #expect(job.say(.timerFired, at: 50_000_099) == [])
        let error = job.say(.timerFired, at: 50_000_100).abortion
        #expect(
            error?.message
                == "Checkpoint 1 was given up after 50 ms: 2 of 4 tasks did not answer."
        )
        #expect(
            error?.position
                == "count 1/2: aligning its inputs, count 2/2: waiting for the barrier"
        )
        #expect(job.coordinator.statistics.failed == 1)
    }

    @Test("a manifest that could not be stored is not committed")
    func manifestFailed() throws {
        var job = try Conversation.running()
        _ = job.say(.timerFired, at: 100)
        _ = job.acknowledgeAll(1)
        let full = WeirError(.diskFull, "full")
        #expect(
            job.say(.manifestFailed(one, full), at: 105) == [.notifyAborted(one, first, full)]
        )
        #expect(job.say(.manifestPublished(one), at: 106) == [])
    }

    @Test("while the manifest is being stored, no timeout ends the checkpoint")
    func timeoutWhilePublishing() throws {
        var job = try Conversation.running(timeout: 50)
        _ = job.say(.timerFired, at: 100)
        _ = job.acknowledgeAll(1)
        #expect(job.say(.timerFired, at: 5000) == [])
        #expect(job.say(.manifestPublished(one), at: 5001).first == .notifyComplete(one, first))
    }

    @Test("the pause after a checkpoint is kept")
    func minimumPause() throws {
        var job = try Conversation.running(interval: 100, minimumPause: 70)
        _ = job.say(.timerFired, at: 100)
        _ = job.acknowledgeAll(1)
        _ = job.say(.manifestPublished(one), at: 190)
        #expect(job.say(.timerFired, at: 259) == [])
        #expect(job.say(.timerFired, at: 260).count == 1)
    }

    @Test("past the tolerable number of failures in a row the job fails")
    func tolerable() throws {
        var job = try Conversation.running(interval: 100, tolerableFailures: 1)
        let error = WeirError(.diskFull, "full")
        for number: UInt64 in 1...4 {
            let time = Int64(number) * 100
            _ = job.say(.timerFired, at: time)
            if number == 2 {
                _ = job.acknowledgeAll(2)
                _ = job.say(.manifestPublished(two))
                continue
            }
            let actions = job.say(
                .declined(Conversation.tasks[0], first, CheckpointID(number), error),
                at: time
            )
            let hasFailed = actions.contains {
                if case .failJob = $0 { true } else { false }
            }
            #expect(hasFailed == (number == 4))
        }
        #expect(job.say(.timerFired, at: 900) == [])
    }

    @Test("a restart forgets the checkpoint in progress; its answers come too late")
    func restart() throws {
        var job = try Conversation.running()
        let second = Attempt(2)
        _ = job.say(.timerFired, at: 100)
        #expect(job.say(.attemptStarted(second, highest: .none), at: 150) == [])
        #expect(job.acknowledgeAll(1) == [])
        #expect(job.say(.attemptStarted(first, highest: .none), at: 160) == [])
        #expect(job.say(.allTasksRunning(second), at: 200) == [])
        #expect(
            job.say(.timerFired, at: 300)
                == [.trigger(sources, Conversation.barrier(2, at: 300, attempt: second))]
        )
    }

    @Test("a savepoint is taken at once, and answers the one who asked")
    func savepoint() throws {
        var job = try Conversation.running(interval: nil)
        #expect(job.say(.timerFired, at: 1000) == [])
        #expect(
            job.say(.savepointRequested(token: 9), at: 1001)
                == [.trigger(sources, Conversation.barrier(1, at: 1001))]
        )
        #expect(job.say(.savepointRequested(token: 10), at: 1002) == [])
        #expect(job.acknowledgeAll(1).manifest?.purpose == .savepoint)
        #expect(
            job.say(.manifestPublished(one), at: 1010) == [
                .notifyComplete(one, first), .savepointCompleted(token: 9, one),
                .trigger(sources, Conversation.barrier(2, at: 1010, after: one)),
            ]
        )
        let failed = job.say(
            .declined(Conversation.tasks[0], first, two, WeirError(.diskFull, "full"))
        )
        let isRefused = failed.contains {
            if case .savepointFailed(token: 10, _) = $0 { true } else { false }
        }
        #expect(isRefused)
    }

    @Test("a checkpoint that is asked for is taken at once, and retention need not keep it")
    func askedCheckpoint() throws {
        var job = try Conversation.running(interval: nil)
        #expect(
            job.say(.checkpointRequested(token: 9), at: 1001)
                == [.trigger(sources, Conversation.barrier(1, at: 1001))]
        )
        #expect(job.acknowledgeAll(1).manifest?.purpose == .checkpoint)
        #expect(
            job.say(.manifestPublished(one), at: 1010)
                == [.notifyComplete(one, first), .savepointCompleted(token: 9, one)]
        )
        // The same token may come again, for what is kept.
        _ = job.say(.savepointRequested(token: 9), at: 1011)
        #expect(job.acknowledgeAll(2).manifest?.purpose == .savepoint)
    }

    @Test("an answer with another task's state is refused as a bug")
    func implausible() throws {
        var job = try Conversation.running()
        _ = job.say(.timerFired, at: 100)
        let wrong = Conversation.snapshot(of: Conversation.tasks[3])
        let actions = job.say(.acknowledged(Conversation.tasks[2], first, one, wrong))
        #expect(actions.abortion?.kind == .bug)
    }

    @Test("in-flight rows go to the subtask that they are for")
    func inFlight() throws {
        var job = try Conversation.running()
        _ = job.say(.timerFired, at: 100)
        let channel = ChannelHandle(
            input: 0,
            channel: 5,
            file: FileHandle(name: "chk-1/x", stored: StoredFile(size: 1, checksum: 2))
        )
        let task = Conversation.tasks[1]
        let rows = TaskSnapshot.InFlight(
            operatorID: OperatorID(path: "count"),
            subtask: 0,
            channel: channel
        )
        let snapshot = TaskSnapshot(
            parts: Conversation.snapshot(of: task).parts,
            inFlight: [rows],
            isUnaligned: true
        )
        _ = job.say(.acknowledged(task, first, one, snapshot))
        let manifest = job.acknowledgeAll(1, except: [task]).manifest
        #expect(manifest?.isUnaligned == true)
        let count = manifest?.operators.first { $0.name == "count" }
        #expect(count?.subtasks.map(\.index) == [0, 1])
        #expect(count?.subtasks.map(\.channels) == [[channel], []])
        #expect(count?.subtasks[0].blobs.count == 1)
    }
}

import WeirControl
import WeirCore
import WeirPlan

/// Another attempt on purpose: elsewhere, or at another parallelism.
extension JobMaster {
    /// Takes a checkpoint and lets the next attempt go on from it; the answer tells which it is.
    ///
    /// A job without tasks needs no checkpoint: its next attempt is on its way.
    func redeploy(_ graph: JobGraph?, _ answer: @escaping JobEvent.SavepointAnswer) {
        if hasEnd || checkpointing.isStopping { return answer(.failure(Self.ending)) }
        #if Sabotage
        if graph != nil { FailPoint.rescalingAsked.reach() }
        #endif
        guard case .running = phase else {
            replan(graph)
            return answer(.success(status.lastCheckpoint))
        }
        checkpointing.checkpoint { [queue] in queue.post(.readyToRedeploy(graph, $0, answer)) }
    }

    /// The checkpoint is complete, or there is none; then a job that only moves goes on from the last one.
    func readyToRedeploy(
        _ graph: JobGraph?,
        _ result: Result<CheckpointID, WeirError>,
        _ answer: @escaping JobEvent.SavepointAnswer
    ) {
        if hasEnd || checkpointing.isStopping { return answer(.failure(Self.ending)) }
        if case .failure(let error) = result, graph != nil { return answer(.failure(error)) }
        #if Sabotage
        if graph != nil { FailPoint.rescalingReady.reach() }
        #endif
        if case .running = phase {
            timeline = RestartTimeline(at: world.clock.monotonicNanoseconds())
            let isRunning = cancel()
            follow(isRunning, .start(at: world.clock.monotonicNanoseconds()))
        }
        replan(graph)
        answer(.success(status.lastCheckpoint))
    }

    private func replan(_ graph: JobGraph?) {
        guard let graph else { return }
        self.graph = graph
        checkpointing.replan(graph)
    }

    private static var ending: WeirError {
        WeirError(
            .checkpointFailed,
            "The job is ending; it does not start again.",
            fix: "Submit it anew, from its last checkpoint.",
            kind: .refused
        )
    }
}

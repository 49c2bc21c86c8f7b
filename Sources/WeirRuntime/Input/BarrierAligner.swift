import WeirCore

/// Decides for one task when the barriers of its channels make a consistent line.
///
/// Aligned first: a channel whose barrier came is not read until all came; then the state is what
/// all rows before the line made. When the barriers are older than `alignedTimeout`, or one says so,
/// the line is drawn at once: rows that other channels still deliver before their barriers are
/// processed and recorded, and belong to the snapshot as in-flight data (Chandy and Lamport 1985;
/// FLIP-76). A channel that has ended counts as one whose barrier came.
///
/// Events are past tense, actions are to be done in order. Pure: no time, no input or output.
public struct BarrierAligner: Hashable, Sendable {
    /// What the task has to do.
    public enum Action: Equatable, Sendable {
        /// Read this channel no further, until `unblockAll`.
        case block(channel: Int)
        /// Read all channels again.
        case unblockAll
        /// Freeze the state, forward the barrier. All rows before the line have been processed.
        case snapshotAligned(CheckpointBarrier)
        /// Freeze the state, forward the barrier ahead of queued output, and from now on record what
        /// comes out of these channels, besides processing it.
        case overtake(CheckpointBarrier, recordingChannels: [Int])
        /// The channel's barrier came: what was recorded of it is all.
        case channelRecorded(channel: Int)
        /// The snapshot of this task is complete as far as its inputs are concerned.
        case complete(CheckpointID)
        /// Forget what was begun for this checkpoint.
        case abort(CheckpointID)
    }

    fileprivate enum Phase: Hashable, Sendable {
        case idle
        /// Channels with a barrier are blocked.
        case aligning(CheckpointBarrier)
        /// The state is frozen, channels without a barrier are recorded.
        case recording(CheckpointBarrier)
    }

    private enum Channel: Sendable {
        case open
        case arrived
        case ended
    }

    private let attempt: Attempt
    private let alignedTimeout: Int64
    private var phase = Phase.idle
    private var channels: [Channel]
    /// No barrier up to this one is of interest any more; it only grows.
    private var closed: CheckpointID
    /// When to call `timeoutReached`, in monotonic nanoseconds; nil: nothing to wait for.
    public private(set) var deadline: Int64?

    /// An aligner for the channels of a task.
    ///
    /// - Parameters:
    ///   - channelCount: All channels of all inputs of the task; at least one.
    ///   - attempt: Barriers of other attempts are ignored.
    ///   - restored: The checkpoint that the task started from.
    ///   - alignedTimeout: Nanoseconds from the trigger of a barrier to overtaking; 0: at once.
    public init(
        channelCount: Int,
        attempt: Attempt,
        restored: CheckpointID = .none,
        alignedTimeout: Int64
    ) {
        precondition(channelCount > 0, "a task with \(channelCount) channels takes no barriers")
        self.attempt = attempt
        self.alignedTimeout = alignedTimeout
        channels = Array(repeating: .open, count: channelCount)
        closed = restored
    }

    /// The checkpoint whose barriers are being gathered.
    public var pending: CheckpointID? { barrier?.checkpoint }

    /// Whether a channel is not to be read.
    public func isBlocked(_ channel: Int) -> Bool {
        guard case .aligning = phase else { return false }
        return channels[channel] == .arrived
    }

    /// Whether what a channel delivers is to be recorded.
    public func isRecording(_ channel: Int) -> Bool {
        guard case .recording = phase else { return false }
        return channels[channel] == .open
    }

    /// A barrier came out of a channel.
    public mutating func barrierReceived(
        channel: Int,
        _ received: CheckpointBarrier,
        now: Int64
    ) -> [Action] {
        #if Sabotage
        TransitionCoverage.note("BarrierAligner", phase.name, "barrierReceived")
        #endif
        guard received.attempt == attempt, received.checkpoint > closed,
            received.checkpoint >= (pending ?? .none), channels[channel] != .ended
        else { return [] }
        var actions: [Action] = []
        if let pending, received.checkpoint > pending { actions = drop(pending) }
        if self.pending == nil {
            begin(received)
        } else if channels[channel] == .arrived {
            return actions
        }
        channels[channel] = .arrived
        let isLate = deadline.map { now >= $0 } ?? false
        return actions + advance(arrivedOn: channel, received.isUnaligned, isLate: isLate)
    }

    /// Nothing follows in a channel.
    public mutating func channelFinished(channel: Int) -> [Action] {
        #if Sabotage
        TransitionCoverage.note("BarrierAligner", phase.name, "channelFinished")
        #endif
        guard channels[channel] != .ended else { return [] }
        let wasMissing = channels[channel] == .open
        channels[channel] = .ended
        guard wasMissing, pending != nil else { return [] }
        return advance(arrivedOn: channel, false, isLate: false)
    }

    /// The time of `deadline`, or a later one, has come.
    public mutating func timeoutReached(now: Int64) -> [Action] {
        #if Sabotage
        TransitionCoverage.note("BarrierAligner", phase.name, "timeoutReached")
        #endif
        guard let deadline, now >= deadline else { return [] }
        return overtake()
    }

    /// The coordinator has given a checkpoint up, and so every one before it.
    public mutating func aborted(_ checkpoint: CheckpointID) -> [Action] {
        #if Sabotage
        TransitionCoverage.note("BarrierAligner", phase.name, "aborted")
        #endif
        closed = max(closed, checkpoint)
        guard let pending, pending <= checkpoint else { return [] }
        return drop(pending)
    }
}

extension BarrierAligner {
    private var barrier: CheckpointBarrier? {
        switch phase {
        case .idle: nil
        case .aligning(let barrier), .recording(let barrier): barrier
        }
    }

    private var missing: [Int] { channels.indices.filter { channels[$0] == .open } }

    private mutating func begin(_ barrier: CheckpointBarrier) {
        phase = .aligning(barrier)
        deadline = barrier.mayOvertake ? barrier.triggeredAt &+ alignedTimeout : nil
    }

    /// Ends the pending checkpoint without a snapshot.
    private mutating func drop(_ checkpoint: CheckpointID) -> [Action] {
        let isBlocking = channels.indices.contains(where: isBlocked)
        close(checkpoint)
        return (isBlocking ? [.unblockAll] : []) + [.abort(checkpoint)]
    }

    private mutating func close(_ checkpoint: CheckpointID) {
        closed = max(closed, checkpoint)
        phase = .idle
        deadline = nil
        for index in channels.indices where channels[index] == .arrived { channels[index] = .open }
    }

    /// What follows from a channel's barrier, or its end.
    private mutating func advance(
        arrivedOn channel: Int,
        _ hasOvertaken: Bool,
        isLate: Bool
    ) -> [Action] {
        #if Sabotage
        let isComplete = missing.isEmpty || Sabotage.noAlignment.isActive
        #else
        let isComplete = missing.isEmpty
        #endif
        switch phase {
        case .idle:
            return []
        case .aligning(let barrier):
            // Rows that the last barrier has overtaken are still to come: the line must be drawn
            // before them, not where an aligned barrier would have passed.
            if isComplete, !(hasOvertaken && barrier.mayOvertake) {
                let isBlocking = channels.indices.contains { $0 != channel && isBlocked($0) }
                close(barrier.checkpoint)
                return [.snapshotAligned(barrier)] + (isBlocking ? [.unblockAll] : [])
                    + [.complete(barrier.checkpoint)]
            }
            if (hasOvertaken || isLate) && barrier.mayOvertake {
                let actions = overtake(blocking: channel)
                guard isComplete else { return actions }
                close(barrier.checkpoint)
                return actions + [.complete(barrier.checkpoint)]
            }
            return channels[channel] == .arrived ? [.block(channel: channel)] : []
        case .recording(let barrier):
            if isComplete { close(barrier.checkpoint) }
            return [.channelRecorded(channel: channel)]
                + (isComplete ? [.complete(barrier.checkpoint)] : [])
        }
    }

    /// Draws the line now; `newcomer` is a channel that has not been blocked yet.
    private mutating func overtake(blocking newcomer: Int? = nil) -> [Action] {
        guard case .aligning(let barrier) = phase else { return [] }
        let isBlocking = channels.indices.contains { $0 != newcomer && isBlocked($0) }
        phase = .recording(barrier.unaligned)
        deadline = nil
        return [.overtake(barrier.unaligned, recordingChannels: missing)]
            + (isBlocking ? [.unblockAll] : [])
    }
}

#if Sabotage
extension BarrierAligner.Phase {
    /// For `TransitionCoverage`, which is told of each barrier.
    fileprivate var name: String {
        switch self {
        case .idle: "idle"
        case .aligning: "aligning"
        case .recording: "recording"
        }
    }
}
#endif

import WeirCore
import WeirData
import WeirTransport

/// The input of a task: all channels of all its inputs, read in turn.
final class InputGate {
    /// What the gate gives to the task.
    enum Event {
        /// An element for the head operator.
        case element(StreamElement, input: Int)
        /// A barrier that came in order on a channel.
        case barrier(CheckpointBarrier, channel: Int)
        /// A barrier that overtook rows on a channel, which wait behind it now.
        case overtaken(CheckpointBarrier, channel: Int, rowsBefore: [Batch])
    }

    /// What the task can take now.
    enum Appetite {
        /// Anything.
        case everything
        /// Barriers and other control elements; rows only if a barrier waits behind them.
        case control
        /// Barriers that are next in their channel; timers are being fired.
        case barriers
    }

    private(set) var channels: [InputChannel]
    /// Called with rows taken from a channel whose barrier has not come yet, after a cut.
    var onRecordedRows: ((_ channel: Int, Batch) -> Void)?
    private var combiner = WatermarkCombiner()
    private var turn = 0
    private var ready: [Event] = []

    init(channels: [InputChannel]) { self.channels = channels }

    /// How many inputs the head operator has.
    var inputCount: Int { (channels.map(\.input).max() ?? -1) + 1 }

    /// Batches and control elements that wait in the channels.
    var queuedElements: Int { channels.reduce(0) { $0 + $1.ring.count } }

    /// The next event, or nil if nothing waits that the task can take.
    func next(_ appetite: Appetite) -> Event? {
        if let overtaking = takeOvertaking() { return overtaking }
        if !ready.isEmpty, appetite != .barriers { return ready.removeFirst() }
        for _ in channels.indices {
            turn = turn + 1 == channels.count ? 0 : turn + 1
            if let event = read(channels[turn], index: turn, appetite) { return event }
        }
        return nil
    }

    private func takeOvertaking() -> Event? {
        for (index, channel) in channels.enumerated()
        where channel.ring.mayHoldOvertakingBarrier {
            if let (barrier, rows) = channel.ring.takeBarrier(where: { $0.isUnaligned }) {
                return .overtaken(barrier, channel: index, rowsBefore: rows)
            }
        }
        return nil
    }

    private func read(
        _ channel: InputChannel,
        index: Int,
        _ appetite: Appetite
    ) -> Event? {
        guard !channel.isBlocked else { return nil }
        while channel.ring.count > 0 {
            guard isWanted(channel, appetite) else { return nil }
            guard let element = channel.ring.pop() else { return nil }
            switch element {
            case .barrier(let barrier): return .barrier(barrier, channel: index)
            case .batch(let batch):
                if channel.isRecording { onRecordedRows?(index, batch) }
                return .element(element, input: channel.input)
            case .latencyMarker: return .element(element, input: channel.input)
            case .watermark(let watermark):
                channel.watermark = max(channel.watermark, watermark.time)
                // The end of time says that the channel has finished: were it active with that
                // watermark while all others are idle, it would end their time, too.
                if watermark == .end {
                    channel.status = .finished
                } else if channel.status == .idle {
                    // A watermark of an idle channel says that it is active again.
                    channel.status = .active
                }
                combine()
            case .status(let status):
                if channel.status != .finished { channel.status = status }
                combine()
            case .endOfInput: finish(channel)
            }
            if !ready.isEmpty { return ready.removeFirst() }
        }
        return nil
    }

    private func isWanted(_ channel: InputChannel, _ appetite: Appetite) -> Bool {
        let next = channel.ring.peek(0)
        switch appetite {
        case .everything: return true
        case .barriers:
            if case .barrier = next { return true }
            return false
        case .control:
            if case .batch = next { return channel.holdsBarrier }
            return true
        }
    }

    private func combine() {
        let change = combiner.update(channels)
        // An active status goes before the watermark that it makes count, an idle one after it.
        if change.status == .active { ready.append(.element(.status(.active), input: 0)) }
        if let time = change.watermark {
            ready.append(.element(.watermark(Watermark(time)), input: 0))
        }
        if change.status == .idle { ready.append(.element(.status(.idle), input: 0)) }
    }

    private func finish(_ channel: InputChannel) {
        channel.status = .finished
        channel.hasEnded = true
        combine()
        if channels.allSatisfy({ $0.input != channel.input || $0.hasEnded }) {
            ready.append(.element(.endOfInput, input: channel.input))
        }
    }

    /// Blocks a channel, or unblocks all with nil.
    func block(_ channel: Int) { channels[channel].isBlocked = true }

    /// Lets all channels flow.
    func unblockAll() {
        for channel in channels { channel.isBlocked = false }
    }

    /// Starts or ends the recording of a channel's rows.
    func setRecording(_ channel: Int, _ isRecording: Bool) {
        channels[channel].isRecording = isRecording
    }

    /// Ends all recording.
    func stopRecording() {
        for channel in channels { channel.isRecording = false }
    }

    /// Takes a barrier triggered before a moment out from between the rows it waits behind.
    func takeOverdue(triggeredBefore limit: Int64) -> Event? {
        for index in channels.indices {
            let channel = channels[index]
            guard !channel.isBlocked, channel.ring.mayHoldBarrier else { continue }
            let taken = channel.ring.takeBarrier { barrier in
                barrier.triggeredAt < limit && barrier.mayOvertake
            }
            if let taken {
                return .overtaken(taken.barrier, channel: index, rowsBefore: taken.rowsBefore)
            }
        }
        return nil
    }
}

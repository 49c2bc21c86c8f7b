import WeirCore

/// Placeholder while the real one is on its way.
struct BarrierAligner {
    enum Action {
        case block(Int)
        case unblockAll
        case snapshotAligned(CheckpointBarrier)
        case overtake(CheckpointBarrier, recording: [Int])
        case channelRecorded(Int)
        case complete(CheckpointID)
        case abort(CheckpointID)
    }
    init(channelCount: Int, alignedTimeout: Int64) {}
    mutating func barrierReceived(_ b: CheckpointBarrier, channel: Int, now: Int64) -> [Action] {
        []
    }
    mutating func timeoutReached(now: Int64) -> [Action] { [] }
    mutating func aborted(_ c: CheckpointID) -> [Action] { [] }
}

import WeirCore
import WeirData
import WeirTransport

/// The receiving end of one channel, and what is known of its sender.
final class InputChannel {
    let ring: RingChannel
    /// Which input of the head operator it feeds.
    let input: Int
    /// The sender's watermark; only grows.
    var watermark: Int64 = EventTimes.minimum
    /// Whether the watermark counts.
    var status = WatermarkStatus.active
    /// Whether nothing follows.
    ///
    /// Rows may still come after the end of time, by which `status` is finished.
    var hasEnded = false
    /// Whether its rows wait for the barriers of other channels.
    var isBlocked = false
    /// Whether its rows belong to an unaligned checkpoint whose barrier has not come on it.
    var isRecording = false

    init(ring: RingChannel, input: Int) {
        self.ring = ring
        self.input = input
    }

    /// Whether a barrier waits somewhere in the ring.
    var holdsBarrier: Bool {
        guard ring.mayHoldBarrier else { return false }
        for index in 0..<ring.count {
            if case .barrier = ring.peek(index) { return true }
        }
        return false
    }
}

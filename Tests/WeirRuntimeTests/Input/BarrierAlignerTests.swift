import Testing
import WeirCore
import WeirRuntime

@Suite("Barrier alignment")
struct BarrierAlignerTests {
    static func barrier(
        _ number: UInt64,
        attempt: UInt64 = 1,
        purpose: CheckpointBarrier.Purpose = .checkpoint,
        isUnaligned: Bool = false
    ) -> CheckpointBarrier {
        CheckpointBarrier(
            checkpoint: CheckpointID(number),
            attempt: Attempt(attempt),
            purpose: purpose,
            isUnaligned: isUnaligned,
            triggeredAt: 0
        )
    }

    static func aligner(
        _ channelCount: Int,
        restored: UInt64 = 0
    ) -> BarrierAligner {
        BarrierAligner(
            channelCount: channelCount,
            attempt: Attempt(1),
            restored: CheckpointID(restored),
            alignedTimeout: 500
        )
    }

    private let first = Self.barrier(1)
    private let second = Self.barrier(2)

    @Test("one channel: every barrier is a snapshot at once")
    func oneChannel() {
        var aligner = Self.aligner(1)
        #expect(
            aligner.barrierReceived(channel: 0, first, now: 0)
                == [.snapshotAligned(first), .complete(CheckpointID(1))]
        )
        #expect(aligner.pending == nil && aligner.deadline == nil)
        #expect(
            aligner.barrierReceived(channel: 0, second, now: 9)
                == [.snapshotAligned(second), .complete(CheckpointID(2))]
        )
    }

    @Test("channels are blocked until the last barrier is there")
    func aligned() {
        var aligner = Self.aligner(3)
        #expect(aligner.barrierReceived(channel: 1, first, now: 10) == [.block(channel: 1)])
        #expect(aligner.deadline == 500)
        #expect(aligner.isBlocked(1) && !aligner.isBlocked(0))
        #expect(aligner.barrierReceived(channel: 1, first, now: 11) == [])
        #expect(aligner.barrierReceived(channel: 0, first, now: 12) == [.block(channel: 0)])
        #expect(aligner.deadline == 500)
        #expect(
            aligner.barrierReceived(channel: 2, first, now: 13)
                == [.snapshotAligned(first), .unblockAll, .complete(CheckpointID(1))]
        )
        #expect(!aligner.isBlocked(1))
    }

    @Test("past the timeout the barrier overtakes, and the rest is recorded")
    func timeout() {
        var aligner = Self.aligner(3)
        _ = aligner.barrierReceived(channel: 1, first, now: 10)
        #expect(aligner.timeoutReached(now: 499) == [])
        #expect(
            aligner.timeoutReached(now: 500)
                == [.overtake(first.unaligned, recordingChannels: [0, 2]), .unblockAll]
        )
        #expect(aligner.timeoutReached(now: 9999) == [])
        #expect(aligner.isRecording(0) && !aligner.isRecording(1) && !aligner.isBlocked(1))
        #expect(
            aligner.barrierReceived(channel: 0, first, now: 600) == [.channelRecorded(channel: 0)]
        )
        #expect(
            aligner.barrierReceived(channel: 2, first, now: 700)
                == [.channelRecorded(channel: 2), .complete(CheckpointID(1))]
        )
    }

    @Test("a barrier that is late when it arrives overtakes at once")
    func lateArrival() {
        var aligner = Self.aligner(2)
        #expect(
            aligner.barrierReceived(channel: 1, first, now: 500)
                == [.overtake(first.unaligned, recordingChannels: [0])]
        )
    }

    @Test("an overtaking barrier from upstream draws the line at once")
    func upstreamOvertakes() {
        var aligner = Self.aligner(3)
        let overtaking = Self.barrier(1, isUnaligned: true)
        #expect(aligner.barrierReceived(channel: 0, first, now: 0) == [.block(channel: 0)])
        #expect(
            aligner.barrierReceived(channel: 1, overtaking, now: 1)
                == [.overtake(overtaking, recordingChannels: [2]), .unblockAll]
        )
    }

    @Test("the last barrier, too, draws the line at once if it has overtaken rows")
    func lastOneOvertakes() {
        let overtaking = Self.barrier(1, isUnaligned: true)
        var one = Self.aligner(1)
        #expect(
            one.barrierReceived(channel: 0, overtaking, now: 1)
                == [.overtake(overtaking, recordingChannels: []), .complete(CheckpointID(1))]
        )
        #expect(one.pending == nil && !one.isRecording(0))
        var two = Self.aligner(2)
        #expect(two.barrierReceived(channel: 0, first, now: 0) == [.block(channel: 0)])
        #expect(
            two.barrierReceived(channel: 1, overtaking, now: 1)
                == [
                    .overtake(overtaking, recordingChannels: []), .unblockAll,
                    .complete(CheckpointID(1)),
                ]
        )
    }

    @Test("a channel that has ended counts as one whose barrier came")
    func ended() {
        var aligner = Self.aligner(3)
        #expect(aligner.channelFinished(channel: 0) == [])
        #expect(aligner.barrierReceived(channel: 1, first, now: 0) == [.block(channel: 1)])
        #expect(
            aligner.channelFinished(channel: 2)
                == [.snapshotAligned(first), .unblockAll, .complete(CheckpointID(1))]
        )
        #expect(
            aligner.barrierReceived(channel: 1, second, now: 0)
                == [.snapshotAligned(second), .complete(CheckpointID(2))]
        )
        #expect(aligner.channelFinished(channel: 2) == [])
    }

    @Test("a channel that ends while it is recorded is recorded")
    func endedWhileRecording() {
        var aligner = Self.aligner(2)
        _ = aligner.barrierReceived(channel: 0, first, now: 0)
        _ = aligner.timeoutReached(now: 500)
        #expect(
            aligner.channelFinished(channel: 1)
                == [.channelRecorded(channel: 1), .complete(CheckpointID(1))]
        )
    }

    @Test("a newer barrier ends the pending checkpoint")
    func newer() {
        var aligner = Self.aligner(2)
        _ = aligner.barrierReceived(channel: 0, first, now: 0)
        #expect(
            aligner.barrierReceived(channel: 1, second, now: 5)
                == [.unblockAll, .abort(CheckpointID(1)), .block(channel: 1)]
        )
        #expect(aligner.barrierReceived(channel: 1, first, now: 6) == [])
        #expect(
            aligner.barrierReceived(channel: 0, second, now: 7)
                == [.snapshotAligned(second), .unblockAll, .complete(CheckpointID(2))]
        )
    }

    @Test("an aborted checkpoint's barriers are ignored")
    func aborted() {
        var aligner = Self.aligner(2)
        _ = aligner.barrierReceived(channel: 0, first, now: 0)
        #expect(aligner.aborted(CheckpointID(1)) == [.unblockAll, .abort(CheckpointID(1))])
        #expect(aligner.deadline == nil)
        #expect(aligner.barrierReceived(channel: 1, first, now: 1) == [])
        #expect(aligner.aborted(CheckpointID(3)) == [])
        #expect(aligner.barrierReceived(channel: 1, Self.barrier(3), now: 1) == [])
    }

    @Test("barriers of other attempts and of the time before the restore are ignored")
    func stale() {
        var aligner = Self.aligner(1, restored: 4)
        #expect(aligner.barrierReceived(channel: 0, Self.barrier(4), now: 0) == [])
        #expect(aligner.barrierReceived(channel: 0, Self.barrier(5, attempt: 2), now: 0) == [])
        #expect(aligner.barrierReceived(channel: 0, Self.barrier(5), now: 0).count == 2)
    }

    @Test("the final line is never overtaken")
    func final() {
        var aligner = Self.aligner(2)
        let final = Self.barrier(1, purpose: .final)
        #expect(aligner.barrierReceived(channel: 0, final, now: 0) == [.block(channel: 0)])
        #expect(aligner.deadline == nil)
        #expect(aligner.timeoutReached(now: .max) == [])
        #expect(
            aligner.barrierReceived(channel: 1, final, now: 9)
                == [.snapshotAligned(final), .unblockAll, .complete(CheckpointID(1))]
        )
    }
}

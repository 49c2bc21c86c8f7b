import WeirCore
import WeirData

/// Which clock a timer follows.
@frozen
public enum TimeDomain: UInt8, Sendable {
    /// The watermark.
    case eventTime
    /// The wall clock.
    case processingTime
}

/// A timer as it fires.
struct DueTimer {
    // SAFETY: the bytes belong to the queue's run, which stays as it is while a timer of it fires.
    let time: Int64
    let keyGroup: UInt16
    /// The operator's key.
    let key: UnsafeRawBufferPointer
    /// What was registered with it.
    let tag: UnsafeRawBufferPointer
}

/// The timers of a keyed operator: state, ordered by time, one for each (time, key, tag).
///
/// ```
/// entry key: time i64 | key | tag
/// ```
/// The earliest time of each key group is kept beside, so that a watermark that makes nothing due
/// costs one comparison a key group at most.
final class TimerQueue {
    private let state: SortedState
    private let layout: KeyLayout
    private var heads: [Int64]
    private var earliest: Int64?
    /// The earliest time registered since a run of timers was looked up.
    private var earliestRegistered = Int64.max
    private var builder = SortedKey()
    /// Due timers of a group, looked up together, and the bytes of their entries' keys.
    private var run: [RunEntry] = []
    private var runBytes = ByteWriter(capacity: 4096)

    /// Where a timer of the run lies in its bytes.
    private struct RunEntry {
        let time: Int64
        let whole: Range<Int>
        let key: Range<Int>

        var tag: Range<Int> { key.upperBound..<whole.upperBound }
    }

    init(_ state: SortedState, _ layout: KeyLayout) {
        self.state = state
        self.layout = layout
        heads = Array(repeating: .max, count: state.keyGroups.count)
    }

    /// Reads the heads; after a restore.
    func prepare() {
        for offset in heads.indices {
            #if Sabotage
            if Sabotage.lostTimer.isActive, offset % 2 == 1 { continue }
            #endif
            refreshHead(offset)
        }
        earliest = heads.min() ?? .max
    }

    /// The earliest timer; nil if there is none.
    var next: Int64? {
        let time = earliest ?? findEarliest()
        return time == .max ? nil : time
    }

    /// Registers a timer; the same one twice is one.
    ///
    /// The end of time counts as one millisecond before: it is what an empty group has for a head.
    func register(
        _ time: Int64,
        keyGroup: UInt16,
        key: UnsafeRawBufferPointer,
        tag: UnsafeRawBufferPointer
    ) {
        let time = min(time, .max - 1)
        build(time, key, tag)
        state.set(keyGroup, builder.bytes, UnsafeRawBufferPointer(start: nil, count: 0))
        let offset = Int(keyGroup) - state.keyGroups.lower
        if time < heads[offset] { heads[offset] = time }
        if let known = earliest, time < known { earliest = time }
        earliestRegistered = min(earliestRegistered, time)
    }

    /// Removes a timer; returns whether it was registered.
    @discardableResult
    func remove(
        _ time: Int64,
        keyGroup: UInt16,
        key: UnsafeRawBufferPointer,
        tag: UnsafeRawBufferPointer
    ) -> Bool {
        build(min(time, .max - 1), key, tag)
        // The head may be too early now; that costs a look, not a timer.
        return state.remove(keyGroup, builder.bytes)
    }

    /// Fires due timers, in order in each key group, until none is left, `limit` have fired, or
    /// `mayGoOn` says no; returns whether due ones may be left.
    ///
    /// A timer is removed just before `body` gets it; `body` may register and remove timers.
    func fire(
        upTo time: Int64,
        limit: Int,
        while mayGoOn: @autoclosure () -> Bool,
        _ body: (DueTimer) throws(WeirError) -> Void
    ) throws(WeirError) -> Bool {
        var fired = 0
        while next.map({ $0 <= time }) ?? false {
            guard let offset = heads.firstIndex(where: { $0 <= time && $0 < .max }) else { break }
            earliestRegistered = .max
            // What `body` registers may make it earlier.
            heads[offset] = takeRun(offset, upTo: time, limit: limit - fired)
            earliest = nil
            for entry in run {
                let goesOn = entry.time <= earliestRegistered
                if !goesOn || !mayGoOn() {
                    heads[offset] = min(heads[offset], entry.time)
                    if goesOn { return true }
                    break
                }
                let bytes = runBytes.bytes
                let whole = UnsafeRawBufferPointer(rebasing: bytes[entry.whole])
                let keyGroup = UInt16(state.keyGroups.lower + offset)
                guard state.remove(keyGroup, whole) else { continue }
                fired += 1
                try body(
                    DueTimer(
                        time: entry.time,
                        keyGroup: keyGroup,
                        key: UnsafeRawBufferPointer(rebasing: bytes[entry.key]),
                        tag: UnsafeRawBufferPointer(rebasing: bytes[entry.tag])
                    )
                )
            }
            if fired >= limit { return next.map { $0 <= time } ?? false }
        }
        return false
    }

    /// Timers that are looked up together.
    private static let runLength = 64

    /// Looks up the first due timers of a group; returns the time of the one behind them.
    private func takeRun(_ offset: Int, upTo time: Int64, limit: Int) -> Int64 {
        let limit = min(limit, TimerQueue.runLength)
        run.removeAll(keepingCapacity: true)
        runBytes.removeAll()
        var next = Int64.max
        state.visit(UInt16(state.keyGroups.lower + offset)) { key in
            let due = SortedKey.integer(key, at: 0)
            if due > time || run.count == limit {
                next = due
                return false
            }
            let start = runBytes.count
            let span = SortedKey.keySpan(key, at: 8, layout)
            runBytes.append(bytes: key)
            run.append(
                RunEntry(
                    time: due,
                    whole: start..<start + key.count,
                    key: start + span.start..<start + span.end
                )
            )
            return true
        }
        return next
    }

    private func refreshHead(_ offset: Int) {
        heads[offset] = .max
        state.visit(UInt16(state.keyGroups.lower + offset)) { key in
            heads[offset] = SortedKey.integer(key, at: 0)
            return false
        }
    }

    private func findEarliest() -> Int64 {
        let time = heads.min() ?? .max
        earliest = time
        return time
    }

    private func build(
        _ time: Int64,
        _ key: UnsafeRawBufferPointer,
        _ tag: UnsafeRawBufferPointer
    ) {
        builder.reset()
        builder.append(time)
        builder.append(key: key, layout)
        builder.writer.append(bytes: tag)
    }
}

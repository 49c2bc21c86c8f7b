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
    let time: Int64
    let keyGroup: UInt16
    /// The operator's key.
    let key: [UInt8]
    /// What was registered with it.
    let tag: [UInt8]
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
    /// `mayGoOn` says no; returns how many fired and whether due ones may be left.
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
            for timer in due(offset, upTo: time, limit: min(limit - fired, TimerQueue.runLength)) {
                if timer.time > earliestRegistered { break }
                if !mayGoOn() {
                    refresh(offset)
                    return true
                }
                let isThere = remove(timer)
                guard isThere else { continue }
                fired += 1
                try body(timer)
            }
            refresh(offset)
            if fired >= limit { return next.map { $0 <= time } ?? false }
        }
        return false
    }

    /// Timers that are looked up together.
    private static let runLength = 64

    private func remove(_ timer: DueTimer) -> Bool {
        timer.key.withUnsafeBytes { key in
            timer.tag.withUnsafeBytes { tag in
                remove(timer.time, keyGroup: timer.keyGroup, key: key, tag: tag)
            }
        }
    }

    private func due(_ offset: Int, upTo time: Int64, limit: Int) -> [DueTimer] {
        let keyGroup = UInt16(state.keyGroups.lower + offset)
        var timers: [DueTimer] = []
        state.visit(keyGroup) { key in
            let due = SortedKey.integer(key, at: 0)
            if due > time { return false }
            let span = SortedKey.keySpan(key, at: 8, layout)
            timers.append(
                DueTimer(
                    time: due,
                    keyGroup: keyGroup,
                    key: [UInt8](key[span.start..<span.end]),
                    tag: [UInt8](key[span.end...])
                )
            )
            return timers.count < limit
        }
        return timers
    }

    private func refresh(_ offset: Int) {
        refreshHead(offset)
        earliest = nil
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

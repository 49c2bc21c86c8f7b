import WeirCore
import WeirState

/// The running aggregate of a sliding window of many slices, for each key: two stacks.
///
/// The window is a front, for whose slices the aggregates up to the front's end are kept, and a back,
/// of which one aggregate is kept. A new slice is merged into the back; an old one falls off the
/// front; if the front is empty, the whole window becomes the front. So each slice is merged twice,
/// however long the window, and nothing is ever subtracted. Source: Tangwongsan et al., In-order
/// sliding-window aggregation in worst-case constant time, VLDBJ 2021.
///
/// ```
/// running: key -> last end i64 | front end i64 | slices with rows i64 | stale i64 | back
/// front:   key, slice -> aggregate from the slice up to the front's end
/// ```
final class SlidingStack {
    private struct Head {
        var lastEnd: Int64
        var frontEnd: Int64
        var sliceCount: Int64
        var isStale: Int64
    }

    private static let headBytes = 32

    private let running: FlatState
    private let front: PaneState
    private let panes: PaneState
    private let kernels: AccumulatorKernels
    private let windows: SlicedWindows

    init(_ owner: SlicedWindowAggregate) throws(WeirError) {
        guard let panes = owner.panes else { preconditionFailure("panes come first") }
        self.panes = panes
        kernels = owner.kernels
        windows = owner.windows
        precondition(kernels.width <= 208, "an accumulator of \(kernels.width) bytes; 208 at most")
        running = try owner.flatState(
            "running",
            .aggregating,
            values: .fixed(SlidingStack.headBytes + kernels.width),
            valueSchema: owner.valueSchema
        )
        front = try PaneState.register("front", of: owner)
    }

    /// Brings the aggregate of a key to the window with this end; false if it has no rows.
    func advance(
        _ key: CurrentKey,
        to end: Int64,
        result: UnsafeMutableRawPointer
    ) throws(WeirError) -> Bool {
        // The slices that most windows need, while those of the key's head are on their way.
        panes.prefetch(key, end - windows.slice)
        panes.prefetch(key, end - windows.size)
        front.prefetch(key, end - windows.size)
        let (address, isNew) = try running.upsert(key)
        // SAFETY: the value is a head and an accumulator; it stays where it is until the table
        // changes, and the loops below change others only.
        let head = address.assumingMemoryBound(to: Head.self)
        let back = address + SlidingStack.headBytes
        let isGap =
            isNew || head.pointee.isStale != 0 || head.pointee.lastEnd != end - windows.slide
        if isGap || head.pointee.frontEnd <= end - windows.size {
            if !isNew { try clearFront(key, head.pointee) }
            try flip(key, head, back, end, result)
        } else {
            for slice in stride(from: end - windows.slide, to: end, by: Int(windows.slice)) {
                guard let pane = try panes.find(key, slice) else { continue }
                kernels.merge(pane, back)
                head.pointee.sliceCount += 1
            }
            head.pointee.lastEnd = end
            kernels.initialise(result)
            if let suffix = try front.find(key, end - windows.size) {
                kernels.merge(suffix, result)
            }
            kernels.merge(back, result)
        }
        return head.pointee.sliceCount > 0
    }

    /// Makes the whole window the front.
    private func flip(
        _ key: CurrentKey,
        _ head: UnsafeMutablePointer<Head>,
        _ back: UnsafeMutableRawPointer,
        _ end: Int64,
        _ result: UnsafeMutableRawPointer
    ) throws(WeirError) {
        var count: Int64 = 0
        kernels.initialise(result)
        for slice in stride(from: end - windows.size, to: end, by: Int(windows.slice)) {
            panes.prefetch(key, slice)
            front.prefetch(key, slice)
        }
        var slice = end - windows.slice
        while slice >= end - windows.size {
            if let pane = try panes.find(key, slice) {
                // The earlier slice comes first, for functions that care.
                let later = UnsafeRawPointer(result)
                back.copyMemory(from: pane, byteCount: kernels.width)
                kernels.merge(later, back)
                result.copyMemory(from: back, byteCount: kernels.width)
                count += 1
            }
            if count > 0 {
                let (address, _) = try front.upsert(key, slice)
                address.copyMemory(from: result, byteCount: kernels.width)
            }
            slice -= windows.slice
        }
        kernels.initialise(back)
        head.pointee = Head(lastEnd: end, frontEnd: end, sliceCount: count, isStale: 0)
    }

    private func clearFront(_ key: CurrentKey, _ head: Head) throws(WeirError) {
        let first = head.lastEnd - windows.size
        for slice in stride(from: first, to: head.frontEnd, by: Int(windows.slice)) {
            try front.remove(key, slice)
        }
    }

    /// Drops the slices that the next window does not have; false if nothing is left of the key.
    func evict(_ key: CurrentKey, _ end: Int64) throws(WeirError) -> Bool {
        let (address, _) = try running.upsert(key)
        let head = address.assumingMemoryBound(to: Head.self)
        for slice in windows.dropped(end) {
            if try panes.find(key, slice) != nil { head.pointee.sliceCount -= 1 }
            try front.remove(key, slice)
        }
        if head.pointee.sliceCount > 0 { return true }
        try clearFront(key, head.pointee)
        running.remove(key)
        return false
    }

    /// A row has come for a slice: if it is in the aggregate already, that is stale.
    func noteChange(_ key: CurrentKey, _ slice: Int64) throws(WeirError) {
        guard let address = try running.find(key) else { return }
        if slice >= address.load(as: Int64.self) { return }
        let (changed, _) = try running.upsert(key)
        changed.assumingMemoryBound(to: Head.self).pointee.isStale = 1
    }
}

extension FlatState {
    /// The value of the current key; nil if there is none.
    func find(_ key: CurrentKey) throws(WeirError) -> UnsafeRawPointer? {
        let found: FlatLookup
        switch table.keyKind {
        case .fixed8:
            try prepare(FlatKey8(key.bytes), hash: key.hash)
            found = table.find(FlatKey8(key.bytes), hash: key.hash)
        case .fixed16:
            try prepare(FlatKey16(key.bytes), hash: key.hash)
            found = table.find(FlatKey16(key.bytes), hash: key.hash)
        case .bytes:
            try prepare(FlatKeyBytes(key.bytes), hash: key.hash)
            found = table.find(FlatKeyBytes(key.bytes), hash: key.hash)
        }
        guard case .value(let address) = found else { return nil }
        return UnsafeRawPointer(address)
    }

    /// The value of the current key, to change.
    func upsert(
        _ key: CurrentKey
    ) throws(WeirError) -> (value: UnsafeMutableRawPointer, isNew: Bool) {
        switch table.keyKind {
        case .fixed8:
            try prepare(FlatKey8(key.bytes), hash: key.hash)
            return table.upsert(FlatKey8(key.bytes), hash: key.hash)
        case .fixed16:
            try prepare(FlatKey16(key.bytes), hash: key.hash)
            return table.upsert(FlatKey16(key.bytes), hash: key.hash)
        case .bytes:
            try prepare(FlatKeyBytes(key.bytes), hash: key.hash)
            return table.upsert(FlatKeyBytes(key.bytes), hash: key.hash)
        }
    }

    /// Removes the value of the current key.
    func remove(_ key: CurrentKey) {
        switch table.keyKind {
        case .fixed8: table.remove(FlatKey8(key.bytes), hash: key.hash, mayBeBelow: true)
        case .fixed16: table.remove(FlatKey16(key.bytes), hash: key.hash, mayBeBelow: true)
        case .bytes: table.remove(FlatKeyBytes(key.bytes), hash: key.hash, mayBeBelow: true)
        }
    }
}

import WeirCore
import WeirData
import WeirState

extension SlicedWindowAggregate {
    /// The watermark has reached the end of a window of the current key.
    func fire(_ timers: TimerQueue, end: Int64) throws(WeirError) {
        let hasMore: Bool
        if let stack {
            hasMore = try fireStack(stack, end)
        } else {
            hasMore = try fireMerged(end)
        }
        if hasMore { register(timers, end + windows.slide - 1, []) }
        if options.allowedLateness == 0 {
            try drop(end: end)
        } else {
            register(timers, options.lastMoment(end - 1), SlicedWindowAggregate.cleanupTag)
        }
    }

    /// Emits a window; returns whether the next one has slices of this one.
    private func fireMerged(_ end: Int64) throws(WeirError) -> Bool {
        let next = end - windows.size + windows.slide
        let last = try mergeSlices(end)
        try emitScratch(end, last != nil)
        return last.map { $0 >= next } ?? false
    }

    /// Merges the slices of a window into the scratch; returns the last that has rows.
    private func mergeSlices(_ end: Int64) throws(WeirError) -> Int64? {
        guard let panes else { return nil }
        kernels.initialise(scratch)
        var last: Int64?
        for slice in stride(from: end - windows.size, to: end, by: Int(windows.slice)) {
            guard let address = try panes.find(key, slice) else { continue }
            kernels.merge(address, scratch)
            last = slice
        }
        return last
    }

    private func fireStack(_ stack: SlidingStack, _ end: Int64) throws(WeirError) -> Bool {
        let hasRows = try stack.advance(key, to: end, result: scratch)
        try emitScratch(end, hasRows)
        return try stack.evict(key, end)
    }

    /// Emits a window again, or for the first time if a late row is its first.
    func emit(_ end: Int64) throws(WeirError) {
        let last = try mergeSlices(end)
        try emitScratch(end, last != nil)
    }

    private func emitScratch(_ end: Int64, _ hasSlices: Bool) throws(WeirError) {
        var hasRows = hasSlices
        if let extra = try extras?.find(key, end) {
            kernels.merge(extra, scratch)
            hasRows = true
        }
        guard hasRows else { return }
        kernels.emit(
            scratch,
            try keyRow(),
            WindowBounds(start: end - windows.size, end: end),
            context.output.builder
        )
    }

    /// Removes what only windows up to this end need.
    func drop(end: Int64) throws(WeirError) {
        for slice in windows.dropped(end) { try panes?.remove(key, slice) }
        try extras?.remove(key, end)
    }
}

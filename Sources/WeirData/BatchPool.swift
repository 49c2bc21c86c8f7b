/// Batches that were handed on, to be used again once nobody else holds them.
///
/// So a stream in full flow takes nothing from the heap. Owned by one thread; the others give a batch
/// back by letting go of it.
struct BatchPool {
    private var kept: [Batch] = []
    /// Where the search for a free one begins: behind the one that was given out last.
    private var next = 0

    /// More than the inboxes and rings behind an output hold.
    private static let limit = 16
    /// Larger ones are left to the heap: they hold a few long texts, once.
    private static let mostBytes = 1 << 20

    /// A batch that is empty and nobody's; nil if there is none.
    ///
    /// With `keepingTimes` its rows have the times of old ones.
    mutating func take(keepingTimes: Bool) -> Batch? {
        for step in 0..<kept.count {
            let index = next + step < kept.count ? next + step : next + step - kept.count
            guard isKnownUniquelyReferenced(&kept[index]), kept[index].isSoleHolder() else {
                continue
            }
            next = index + 1 < kept.count ? index + 1 : 0
            kept[index].reset(keepingTimes: keepingTimes)
            return kept[index]
        }
        return nil
    }

    /// Remembers a batch that is handed on, unless it is known or too large.
    mutating func keep(_ batch: Batch) {
        let place = kept.firstIndex { $0 === batch }
        let isLarge = batch.byteCount > Self.mostBytes
        if let place, isLarge {
            kept.remove(at: place)
            next = 0
        } else if place == nil, !isLarge, kept.count < Self.limit {
            kept.append(batch)
        }
    }
}

/// Selections that were handed on with batches, to be used again once no batch holds them.
///
/// Owned by one operator.
public struct SelectionPool {
    private var kept: [Selection] = []
    private var next = 0

    /// More than batches are on their way behind an operator.
    private static let limit = 32

    /// No selections yet.
    public init() {}

    /// A selection with room for `capacity` indices; what it holds is undefined.
    public mutating func take(capacity: Int) -> Selection {
        for step in 0..<kept.count {
            let index = next + step < kept.count ? next + step : next + step - kept.count
            guard kept[index].capacity >= capacity, isKnownUniquelyReferenced(&kept[index]) else {
                continue
            }
            next = index + 1 < kept.count ? index + 1 : 0
            return kept[index]
        }
        let made = Selection(capacity: capacity)
        if kept.count < Self.limit { kept.append(made) }
        return made
    }
}

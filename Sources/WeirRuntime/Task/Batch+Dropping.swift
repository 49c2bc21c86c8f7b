import WeirData

extension Batch {
    /// The same rows without the first `count` of those that are there.
    func dropping(first count: Int) -> Batch {
        let rest = aliased()
        guard count > 0 else { return rest }
        let selected = Selection(capacity: max(1, self.count - count))
        for position in count..<max(count, self.count) {
            selected.indices[position - count] =
                selection.map { $0.indices[position] } ?? UInt16(position)
        }
        selected.setCount(max(0, self.count - count))
        rest.select(selected)
        return rest
    }
}

extension RowSelection {
    // SAFETY: the caller passes the references of the batch of these rows, and of another batch
    // with room for `count` rows from `target` on.
    /// Copies event times and split watermarks of the rows to rows of another batch, from row
    /// `target` on.
    public func copyTimes(
        _ columns: UnsafeMutablePointer<ColumnReference>,
        to output: UnsafeMutablePointer<ColumnReference>,
        at target: Int
    ) {
        for hidden in 1...Batch.hiddenColumnCount {
            let source = columns[-hidden].values.assumingMemoryBound(to: Int64.self)
            let copy = output[-hidden].values.assumingMemoryBound(to: Int64.self) + target
            if let indices {
                for index in 0..<count { copy[index] = source[Int(indices[index])] }
            } else {
                copy.update(from: source + first, count: count)
            }
        }
    }
}

/// Which rows of a batch a codec visits: some of its selected rows, or of all of them.
///
/// Valid while the batch is; made once per batch.
@frozen
public struct RowSelection {
    // SAFETY: points into the batch's selection, which the caller keeps alive; `init` checks that
    // the positions are inside.
    /// The indices of the rows; nil if position `i` is row `first + i`.
    public let indices: UnsafePointer<UInt16>?
    /// The first row, if `indices` is nil.
    public let first: Int
    /// How many rows.
    public let count: Int

    /// `count` of the batch's rows that are there, from the `position`-th; up to the last by
    /// default.
    public init(_ batch: Batch, from position: Int = 0, count: Int? = nil) {
        let count = count ?? (batch.count - position)
        precondition(
            position >= 0 && count >= 0 && position + count <= batch.count,
            "rows \(position)..<\(position + count) of \(batch.count)"
        )
        self.count = count
        if let selection = batch.selection {
            indices = UnsafePointer(selection.indices + position)
            first = 0
        } else {
            indices = nil
            first = position
        }
    }

    /// The row at a position.
    @inlinable
    public subscript(_ position: Int) -> Int {
        guard let indices else { return first &+ position }
        return Int(indices[position])
    }
}

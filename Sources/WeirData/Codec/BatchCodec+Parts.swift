extension BatchCodec {
    /// A batch as one or several of at most so many bytes each when encoded, about; a row that is longer
    /// is one of its own.
    ///
    /// Nearly always it is itself: then its rows are not looked at.
    public static func parts(of batch: Batch, mostBytes: Int) -> [Batch] {
        guard batch.byteCount > mostBytes, batch.count > 1 else { return [batch] }
        let rows = RowSelection(batch)
        var parts: [Batch] = []
        var first = 0
        var bytes = 0
        for position in 0..<rows.count {
            let more = encodedBytes(ofRow: rows[position], batch)
            if bytes + more > mostBytes, position > first {
                parts.append(part(of: batch, rows, first..<position))
                first = position
                bytes = 0
            }
            bytes += more
        }
        guard first > 0 else { return [batch] }
        return parts + [part(of: batch, rows, first..<rows.count)]
    }

    /// What a row adds to an encoded batch.
    private static func encodedBytes(ofRow row: Int, _ batch: Batch) -> Int {
        batch.columns.reduce(16 + 1) { bytes, column in
            let physical = column.descriptor.type.physical
            guard physical == .view else { return bytes + physical.width }
            let reference = column.reference
            return bytes + 4 + (reference.isPresent(row) ? reference.bytes(row).count : 0)
        }
    }

    /// The same memory, of which some rows are there.
    private static func part(
        of batch: Batch,
        _ rows: RowSelection,
        _ positions: Range<Int>
    ) -> Batch {
        let selection = Selection(capacity: positions.count)
        for (index, position) in positions.enumerated() {
            selection.indices[index] = UInt16(rows[position])
        }
        selection.setCount(positions.count)
        let part = batch.aliased()
        part.select(selection)
        return part
    }
}

import WeirCore
import WeirData
import WeirState

/// Folds rows into their keys' accumulators and writes one result row for each of them.
///
/// `keys` are those of `rows`, from key `first` on; `target` is the first output row.
public typealias RunningAggregateKernel = (
    _ table: FlatTable, _ keys: ExtractedKeys, _ first: Int,
    _ columns: UnsafeMutablePointer<ColumnReference>, _ rows: RowSelection,
    _ output: UnsafeMutablePointer<ColumnReference>, _ target: Int
) -> Void

/// Bytes of an accumulator in a table.
@inlinable
public func accumulatorWidth<Accumulator: BitwiseCopyable>(_ type: Accumulator.Type) -> Int {
    let width = (MemoryLayout<Accumulator>.size + 7) / 8 * 8
    precondition(
        width <= 240 && MemoryLayout<Accumulator>.alignment <= 8,
        "an accumulator of \(width) bytes; 240 at most, aligned to 8"
    )
    return width
}

/// The kernel of a running aggregate; specialised where it is called.
///
/// `write` gets the result, the row that was just folded in, and the output row.
@inlinable
public func makeRunningAggregateKernel<F: AggregateFunction, Out: EventSchema>(
    _ function: F,
    _ write: @escaping (F.Result, RowView<F.Input>, RowWriter<Out>) -> Void
) -> RunningAggregateKernel {
    { table, keys, first, columns, rows, output, target in
        rows.copyTimes(columns, to: output, at: target)
        withKeys(table, keys, first, rows.count) { index, address, isNew in
            // SAFETY: the table's values are as wide as an accumulator and aligned to 8; the
            // address is valid during the call.
            let accumulator = address.assumingMemoryBound(to: F.Accumulator.self)
            if isNew { accumulator.initialize(to: function.initial) }
            let row = rows[index]
            let view = RowView<F.Input>(columns, row: row)
            function.add(view, to: &accumulator.pointee)
            write(
                function.result(accumulator.pointee),
                view,
                RowWriter(output, row: target &+ index)
            )
        }
    }
}

/// Upserts keys of any layout, from key `first` on.
@inlinable
@inline(__always)
func withKeys(
    _ table: FlatTable,
    _ keys: ExtractedKeys,
    _ first: Int,
    _ count: Int,
    _ body: (Int, UnsafeMutableRawPointer, Bool) -> Void
) {
    let hashes = UnsafePointer(keys.hashes + first)
    switch keys.layout {
    case .fixed8:
        let words = keys.integers + first
        table.upsertBatch(hashes: hashes, count: count, key: { FlatKey8(words[$0]) }, body)
    case .fixed16:
        let words = keys.integers + 2 &* first
        table.upsertBatch(
            hashes: hashes,
            count: count,
            key: { FlatKey16(words[2 &* $0], words[2 &* $0 &+ 1]) },
            body
        )
    case .variable:
        table.upsertBatch(
            hashes: hashes,
            count: count,
            key: { FlatKeyBytes(keys.key(first &+ $0)) },
            body
        )
    }
}

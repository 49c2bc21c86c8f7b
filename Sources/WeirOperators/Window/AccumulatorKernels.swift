import WeirCore
import WeirData
import WeirState

/// An aggregate function of windows, its types erased.
public struct AccumulatorKernels {
    /// Bytes of an accumulator.
    public let width: Int
    /// What an accumulator is (`AggregateFunction.stateFormat`).
    public let format: String
    /// Makes an accumulator of no rows.
    public let initialise: (UnsafeMutableRawPointer) -> Void
    /// Folds a row in.
    public let add: (UnsafeMutableRawPointer, UnsafeMutablePointer<ColumnReference>, Int) -> Void
    /// Folds an accumulator into another.
    public let merge: (_ other: UnsafeRawPointer, _ into: UnsafeMutableRawPointer) -> Void
    /// Folds rows of a batch into the accumulators of their keys and slices; returns how many of
    /// these are new, and lists them in `keys.fresh`.
    public let addRows: (FlatTable, PaneKeys, UnsafeMutablePointer<ColumnReference>) -> Int
    /// Emits the result of a key's window, given a row with the key's columns.
    public let emit:
        (
            _ accumulator: UnsafeRawPointer, _ key: UnsafeMutablePointer<ColumnReference>,
            _ window: WindowBounds, _ builder: BatchBuilder
        ) -> Void

    /// Wraps the closures.
    @inlinable
    public init(
        width: Int,
        format: String,
        initialise: @escaping (UnsafeMutableRawPointer) -> Void,
        add:
            @escaping (UnsafeMutableRawPointer, UnsafeMutablePointer<ColumnReference>, Int) ->
            Void,
        merge: @escaping (UnsafeRawPointer, UnsafeMutableRawPointer) -> Void,
        addRows: @escaping (FlatTable, PaneKeys, UnsafeMutablePointer<ColumnReference>) -> Int,
        emit:
            @escaping (
                UnsafeRawPointer, UnsafeMutablePointer<ColumnReference>, WindowBounds, BatchBuilder
            ) -> Void
    ) {
        self.width = width
        self.format = format
        self.initialise = initialise
        self.add = add
        self.merge = merge
        self.addRows = addRows
        self.emit = emit
    }
}

/// The kernels of an aggregate over windows; specialised where it is called.
///
/// `write` gets the result, a row of which only the key's columns count, the window, and the output
/// row.
@inlinable
public func makeAccumulatorKernels<F: AggregateFunction, Out: EventSchema>(
    _ function: F,
    _ write: @escaping (F.Result, RowView<F.Input>, WindowBounds, RowWriter<Out>) -> Void
) -> AccumulatorKernels {
    // SAFETY: accumulators lie at addresses aligned to 8, `width` bytes of which are theirs.
    AccumulatorKernels(
        width: accumulatorWidth(F.Accumulator.self),
        format: function.stateFormat,
        initialise: { $0.storeBytes(of: function.initial, as: F.Accumulator.self) },
        add: { address, columns, row in
            function.add(
                RowView(columns, row: row),
                to: &address.assumingMemoryBound(to: F.Accumulator.self).pointee
            )
        },
        merge: { other, target in
            function.merge(
                other.assumingMemoryBound(to: F.Accumulator.self).pointee,
                into: &target.assumingMemoryBound(to: F.Accumulator.self).pointee
            )
        },
        addRows: { table, keys, columns in
            var freshCount = 0
            let rows = keys.rows
            let fresh = keys.fresh
            withPaneKeys(table, keys) { index, address, isNew in
                let accumulator = address.assumingMemoryBound(to: F.Accumulator.self)
                if isNew {
                    accumulator.initialize(to: function.initial)
                    fresh[freshCount] = Int32(truncatingIfNeeded: index)
                    freshCount &+= 1
                }
                let view = RowView<F.Input>(columns, row: Int(rows[index]))
                function.add(view, to: &accumulator.pointee)
            }
            return freshCount
        },
        emit: { address, key, window, builder in
            let accumulator = address.assumingMemoryBound(to: F.Accumulator.self).pointee
            Collector<Out>(
                builder,
                eventTime: window.maxTimestamp,
                splitWatermark: EventTimes.minimum
            ).emit { write(function.result(accumulator), RowView(key, row: 0), window, $0) }
        }
    )
}

/// Upserts the keys with slices of a batch.
@inlinable
@inline(__always)
func withPaneKeys(
    _ table: FlatTable,
    _ keys: PaneKeys,
    _ body: (Int, UnsafeMutableRawPointer, Bool) -> Void
) {
    let hashes = UnsafePointer(keys.hashes)
    if keys.isFixed {
        let words = keys.words
        table.upsertBatch(
            hashes: hashes,
            count: keys.count,
            key: { FlatKey16(words[2 &* $0], words[2 &* $0 &+ 1]) },
            body
        )
    } else {
        table.upsertBatch(
            hashes: hashes,
            count: keys.count,
            key: { FlatKeyBytes(keys.bytes($0)) },
            body
        )
    }
}

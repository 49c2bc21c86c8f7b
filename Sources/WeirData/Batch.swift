/// Rows on their way between operators: columns in raw memory after Apache Arrow's layout.
///
/// A producer fills a batch and hands it on; from then on its columns do not change. A selection
/// says which rows are there without moving them. Each receiver has a `Batch` of its own (see
/// `aliased`), so it may set the selection, while columns are shared.
///
/// Two hidden columns go along: `eventTimes` (milliseconds, `Int64.min` where there is none) and
/// `splitWatermarks`: the watermark of the row's own split just before the row. A row's lateness
/// follows from the latter alone, so it does not depend on batching or on other splits.
///
/// One thread at a time.
public final class Batch {
    /// The columns' names and types.
    public let schema: Schema
    /// Rows that fit.
    public let capacity: Int
    /// Rows written, selected or not.
    public private(set) var rowCount: Int
    /// The columns' memory.
    public let columns: [ColumnBuffer]
    /// Event times and split watermarks.
    public let times: TimeColumns
    /// What each row does to a table; nil if all are inserts.
    public private(set) var rowKinds: RowKindColumn?
    /// Which rows are there, ascending; nil if all are.
    public private(set) var selection: Selection?
    /// Held by all batches that share memory with this one.
    private var lease: BatchLease

    // SAFETY: allocated in `init`, freed in `deinit`, and never longer than the hidden columns and
    // the schema's; a batch belongs to one thread at a time.
    /// `references[i]` is column `i`; `[-1]` are event times, `[-2]` split watermarks.
    @usableFromInline let references: UnsafeMutablePointer<ColumnReference>

    /// Hidden columns in front of `references`.
    @usableFromInline static let hiddenColumnCount = 2

    /// An empty batch with memory for `capacity` rows, 65 536 at most.
    public convenience init(_ schema: Schema, capacity: Int = Batch.defaultCapacity) {
        self.init(
            schema,
            capacity: capacity,
            rowCount: 0,
            columns: schema.columns.map { ColumnBuffer($0, capacity: capacity) },
            times: TimeColumns(capacity: capacity),
            rowKinds: nil,
            selection: nil,
            lease: BatchLease()
        )
    }

    /// A batch of the columns of others, whose lease it takes part in.
    private init(
        _ schema: Schema,
        capacity: Int,
        rowCount: Int,
        columns: [ColumnBuffer],
        times: TimeColumns,
        rowKinds: RowKindColumn?,
        selection: Selection?,
        lease: BatchLease
    ) {
        precondition(capacity > 0 && capacity <= 65536, "batch capacity \(capacity)")
        precondition(columns.count == schema.columns.count, "columns do not fit the schema")
        self.schema = schema
        self.capacity = capacity
        self.rowCount = rowCount
        self.columns = columns
        self.times = times
        self.rowKinds = rowKinds
        self.selection = selection
        self.lease = lease
        let hidden = Batch.hiddenColumnCount
        let all = UnsafeMutablePointer<ColumnReference>.allocate(capacity: columns.count + hidden)
        references = all + hidden
        references[-1] = times.eventTimes
        references[-2] = times.splitWatermarks
        for (index, column) in columns.enumerated() { references[index] = column.reference }
    }

    /// Rows per batch unless configured.
    public static let defaultCapacity = 1024

    deinit { (references - Batch.hiddenColumnCount).deallocate() }

    /// Rows that are there: selected, or all.
    public var count: Int { selection?.count ?? rowCount }

    /// Whether no row is there.
    public var isEmpty: Bool { count == 0 }

    /// Whether another row fits.
    public var isFull: Bool { rowCount == capacity }

    /// Where the columns lie, for kernels.
    ///
    /// Index -1 holds the event times, -2 the split watermarks.
    @inlinable
    public var columnReferences: UnsafeMutablePointer<ColumnReference> { references }

    /// The event times, in milliseconds, one a row.
    @inlinable
    public var eventTimes: UnsafeMutablePointer<Int64> {
        references[-1].values.assumingMemoryBound(to: Int64.self)
    }

    /// The split watermarks, in milliseconds, one a row.
    @inlinable
    public var splitWatermarks: UnsafeMutablePointer<Int64> {
        references[-2].values.assumingMemoryBound(to: Int64.self)
    }

    /// Sets how many rows are written; the writer of the batch does.
    public func setRowCount(_ count: Int) {
        precondition(count >= 0 && count <= capacity, "\(count) rows in a batch of \(capacity)")
        rowCount = count
    }

    /// Says which rows are there; nil for all.
    public func select(_ selection: Selection?) { self.selection = selection }

    /// The row-kind column, made (all inserts) if it was not there.
    public func makeRowKinds() -> RowKindColumn {
        if let rowKinds { return rowKinds }
        let made = RowKindColumn(capacity: capacity)
        rowKinds = made
        return made
    }

    /// Whether no other batch shares its memory.
    func isSoleHolder() -> Bool { isKnownUniquelyReferenced(&lease) }

    /// Makes it empty, as if it had just been made; nobody else may hold it or its memory.
    ///
    /// Times may stay as they are if the writer sets those of each row.
    func reset(keepingTimes: Bool = false) {
        rowCount = 0
        selection = nil
        rowKinds = nil
        if !keepingTimes { times.reset(capacity: capacity) }
        for column in columns { column.reset() }
    }

    /// A batch that shows the same rows and may be given a selection of its own.
    public func aliased() -> Batch {
        Batch(
            schema,
            capacity: capacity,
            rowCount: rowCount,
            columns: columns,
            times: times,
            rowKinds: rowKinds,
            selection: selection,
            lease: lease
        )
    }

    /// A batch of some of the columns, sharing their memory.
    public func projected(to schema: Schema, columns indices: [Int]) -> Batch {
        Batch(
            schema,
            capacity: capacity,
            rowCount: rowCount,
            columns: indices.map { columns[$0] },
            times: times,
            rowKinds: rowKinds,
            selection: selection,
            lease: lease
        )
    }

    /// Bytes of memory behind the batch.
    public var byteCount: Int {
        columns.reduce(capacity * 16) { $0 + $1.byteCount }
    }
}

@available(*, unavailable)
extension Batch: Sendable {}
extension Batch {
    /// The same rows with times of their own, which may be changed.
    public func withOwnTimes() -> Batch {
        let own = TimeColumns(capacity: capacity)
        let size = rowCount * MemoryLayout<Int64>.size
        own.eventTimes.values.copyMemory(from: times.eventTimes.values, byteCount: size)
        own.splitWatermarks.values.copyMemory(
            from: times.splitWatermarks.values,
            byteCount: size
        )
        return Batch(
            schema,
            capacity: capacity,
            rowCount: rowCount,
            columns: columns,
            times: own,
            rowKinds: rowKinds,
            selection: selection,
            lease: lease
        )
    }
}

/// Stands for the memory of a batch and of all that share it.
private final class BatchLease {}

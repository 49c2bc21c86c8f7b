/// Fills batches row by row and hands on full ones.
///
/// Owned by one operator's output. `sink` receives each finished batch.
public final class BatchBuilder {
    /// The rows' schema.
    public let schema: Schema
    /// Rows per batch.
    public let capacity: Int
    /// The batch under construction; nil right after a flush.
    @usableFromInline var open: Batch?
    @usableFromInline var filled = 0
    @usableFromInline let sink: (Batch) -> Void
    /// Whether whoever writes a row sets its event time and split watermark, too.
    ///
    /// Then those of batches that are used again are not taken away first.
    public var setsTimes = false
    private var pool: BatchPool

    /// A builder that gives its batches to `sink`.
    public init(_ schema: Schema, capacity: Int, sink: @escaping (Batch) -> Void) {
        self.schema = schema
        self.capacity = capacity
        self.sink = sink
        pool = BatchPool()
    }

    /// Rows in the open batch.
    @inlinable
    public var rowCount: Int { filled }

    /// The batch to write the next row into, at index `rowCount`.
    @inlinable
    public var batch: Batch {
        if let open { return open }
        return makeBatch()
    }

    @usableFromInline
    func makeBatch() -> Batch {
        let taken = pool.take(keepingTimes: setsTimes) ?? Batch(schema, capacity: capacity)
        open = taken
        return taken
    }

    /// Room left in the open batch.
    @inlinable
    public var room: Int { capacity &- filled }

    /// Takes `count` rows that the caller wrote at `rowCount` and behind; flushes if full.
    @inlinable
    public func advance(_ count: Int = 1) {
        filled &+= count
        if filled == capacity { flush() }
    }

    /// Hands on what there is.
    public func flush() {
        guard filled > 0, let open else { return }
        open.setRowCount(filled)
        self.open = nil
        filled = 0
        pool.keep(open)
        sink(open)
    }
}

@available(*, unavailable)
extension BatchBuilder: Sendable {}

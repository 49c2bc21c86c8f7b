import WeirCore
import WeirData

/// Where an operator's rows go: the next operators of the chain, or a partition of channels.
///
/// Rows written through `builder` and whole batches passed by `emit` keep their order. It is
/// bounded: `isFull` asks the operator to stop between rows; what it still emits for the row at
/// hand is taken.
public final class Output {
    /// The rows' schema.
    public let schema: Schema
    /// Rows under construction.
    public let builder: BatchBuilder
    private let targets: [any OutputTarget]
    private let handOn: OutputHandOn

    /// An output to these targets; each receives every row.
    public init(_ schema: Schema, capacity: Int, targets: [any OutputTarget]) {
        self.schema = schema
        self.targets = targets
        let handOn = OutputHandOn(targets: targets)
        builder = BatchBuilder(schema, capacity: capacity) { handOn.take($0) }
        self.handOn = handOn
    }

    /// Whether nobody reads it.
    public var isUnread: Bool { targets.isEmpty }

    /// Whether a target has no room: the operator stops between rows.
    public var isFull: Bool {
        for target in targets where target.isFull { return true }
        return false
    }

    /// Passes a batch on; the rows under construction go first.
    public func emit(_ batch: Batch) {
        builder.flush()
        guard !batch.isEmpty else { return }
        handOn.take(batch)
    }

    /// Passes a control element on; the rows under construction go first.
    public func emitControl(_ element: StreamElement) {
        builder.flush()
        for target in targets { target.take(element) }
    }

    /// Hands on rows under construction.
    public func flush() {
        builder.flush()
        for target in targets { target.flush() }
    }

    /// Rows handed on since the start.
    public var rowsOut: Int64 { handOn.rowCount }
}

/// Gives a batch to each target; a batch for several is aliased, so that each may select.
private final class OutputHandOn {
    let targets: [any OutputTarget]
    var rowCount: Int64 = 0

    init(targets: [any OutputTarget]) { self.targets = targets }

    func take(_ batch: Batch) {
        rowCount += Int64(batch.count)
        guard let last = targets.last else { return }
        for target in targets.dropLast() { target.take(.batch(batch.aliased())) }
        last.take(.batch(batch))
    }
}

@available(*, unavailable)
extension Output: Sendable {}

/// Takes the elements of an output: a chained operator's inbox, or a result partition.
public protocol OutputTarget: AnyObject {
    /// Whether it asks its producer to stop.
    var isFull: Bool { get }
    /// Takes an element, also when full (the row at hand must be finished).
    func take(_ element: StreamElement)
    /// Hands on rows that wait to fill a batch.
    func flush()
}

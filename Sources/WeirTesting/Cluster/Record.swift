import Synchronization

/// What was told, from any thread, in order.
public final class Record<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])

    /// A record of nothing.
    public init() {}

    /// Adds what was told now.
    public func add(_ value: Value) { values.withLock { $0.append(value) } }

    /// All that was told, oldest first.
    public var all: [Value] { values.withLock { $0 } }
}

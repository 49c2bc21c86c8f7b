import WeirCore

/// The keyed state of one operator subtask: its tables in memory, and the image behind them.
public final class KeyedStateBackend {
}

@available(*, unavailable)
extension KeyedStateBackend: Sendable {}

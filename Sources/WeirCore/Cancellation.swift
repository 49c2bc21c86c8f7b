import Synchronization

/// Tells work on other threads that nobody wants its result any more.
///
/// Long work looks at it between two pieces, so that a job that ends need not wait for the whole.
public final class Cancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    /// Not cancelled.
    public init() {}

    /// Whether the result is not wanted any more; never false again once it was true.
    public var isCancelled: Bool { flag.load(ordering: .acquiring) }

    /// Lets the work stop at its next look.
    public func cancel() { flag.store(true, ordering: .releasing) }

    /// Gives up if the result is not wanted any more.
    ///
    /// - Throws: `cancelled`, which whoever cancelled does not tell anybody.
    public func check(_ work: @autoclosure () -> String) throws(WeirError) {
        guard isCancelled else { return }
        throw WeirError(
            .cancelled,
            "\(work()) was given up.",
            reason: "The attempt of the job that it was for has ended.",
            fix: "Nothing: the next attempt begins at a checkpoint."
        )
    }
}

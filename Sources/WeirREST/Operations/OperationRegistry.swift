import WeirCore

/// Runs operations that go on after their request was answered, and remembers how they ended.
actor OperationRegistry {
    private var log: OperationLog

    /// Keeps `limit` operations.
    init(limit: Int) { log = OperationLog(limit: limit) }

    /// Starts an operation, unless there is one of this key already.
    ///
    /// - Throws: `serverBusy` if as many are under way as may be.
    func start(
        _ key: OperationKey,
        _ work: @escaping @Sendable () async throws(WeirError) -> OperationState
    ) throws(WeirError) {
        guard try log.begun(key) else { return }
        Task {
            do throws(WeirError) {
                ended(key, try await work())
            } catch {
                ended(key, .failed(error))
            }
        }
    }

    /// How far an operation came; nil if it is not known, or forgotten.
    func state(of key: OperationKey) -> OperationState? { log.state(of: key) }

    private func ended(_ key: OperationKey, _ state: OperationState) { log.ended(key, state) }
}

import Synchronization

/// Work that runs once, on whichever thread asks first; the others wait for it.
///
/// Background work that its owner may have to wait for: the owner calls `run` too, which does the
/// work if no thread has begun it. So the simulator, which has one thread, cannot hang.
public final class OneTimeJob<Value: Sendable>: Sendable {
    private let work: @Sendable () throws(WeirError) -> Value
    private let result = Mutex<Result<Value, WeirError>?>(nil)

    /// Work that is done later.
    public init(_ work: @escaping @Sendable () throws(WeirError) -> Value) { self.work = work }

    /// Does the work unless it is done, and returns what came of it.
    @discardableResult
    public func run() throws(WeirError) -> Value {
        let result = result.withLock { result in
            if let result { return result }
            let made: Result<Value, WeirError>
            do throws(WeirError) { made = .success(try work()) } catch { made = .failure(error) }
            result = made
            return made
        }
        return try result.get()
    }
}

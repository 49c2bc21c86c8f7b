/// A parker whose thread also wakes when connections, listeners or child processes have
/// something to tell.
///
/// It belongs to the thread that parks on it: all calls but `wake` come from there. It can be the
/// parker of `ThreadHost.run`. What is watched is not kept alive.
///
/// ```swift
/// let poller = try world.threads.makePoller()
/// try poller.watch(connection, token: 7, forWriting: false)
/// poller.park(until: deadline)
/// for token in poller.takeReady() { ... }
/// ```
public protocol Poller: Parker {
    /// Has the thread woken while `connection` can be read (its end counts, too) and, with
    /// `forWriting`, while it can be written.
    ///
    /// A second call for the same connection changes what is waited for. A connection whose end has
    /// been read stays ready until it is forgotten; so does a broken one.
    ///
    /// - Throws: `networkFailed` if the system cannot watch more.
    func watch(
        _ connection: any Connection,
        token: Int,
        forWriting: Bool
    ) throws(WeirError)
    /// Has the thread woken while `listener` has a connection to accept.
    ///
    /// - Throws: `networkFailed` if the system cannot watch more.
    func watch(_ listener: any Listener, token: Int) throws(WeirError)
    /// Has the thread woken when `process` has ended, and from then on until it is forgotten.
    ///
    /// - Throws: `networkFailed` if the system cannot watch more.
    func watch(_ process: any ChildProcess, token: Int) throws(WeirError)
    /// Ends the watching; to be called before closing.
    func forget(_ connection: any Connection)
    /// Ends the watching; to be called before closing.
    func forget(_ listener: any Listener)
    /// Ends the watching; to be called before the process is let go of.
    func forget(_ process: any ChildProcess)
    /// The tokens that were ready when the last park returned, each at most once; empties the list.
    ///
    /// Level triggered: what is still ready shows up again after the next park, and a park with
    /// something ready returns at once. At most 256 things are reported by one park, in an order that
    /// lets nobody wait for ever.
    func takeReady() -> [Int]
}

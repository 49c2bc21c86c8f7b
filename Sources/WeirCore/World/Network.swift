/// A byte stream to a peer.
///
/// One thread at a time.
public protocol Connection: AnyObject, Sendable {
    /// The peer, for messages: `127.0.0.1:4711`, or the path of a socket.
    var peerName: String { get }
    /// Reads what is there, without waiting: nil if nothing yet, 0 at the end of the stream.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(WeirError) -> Int?
    /// Writes what the peer takes now, without waiting; returns how many bytes.
    func write(_ bytes: UnsafeRawBufferPointer) throws(WeirError) -> Int
    /// Waits until it can be read, or until the deadline (monotonic nanoseconds).
    func waitReadable(until deadline: Int64)
    /// Closes it; closing twice is harmless.
    func close()
}

/// A port or path that peers connect to.
public protocol Listener: AnyObject, Sendable {
    /// The port in use; 0 if it listens on a path.
    var port: Int { get }
    /// The next connection, or nil if none waits.
    func accept() throws(WeirError) -> (any Connection)?
    /// Closes it, and removes the path's file.
    func close()
}

/// Sockets.
public protocol Network: Sendable {
    /// Connects to a TCP port. Throws `networkFailed`.
    func connect(host: String, port: Int) throws(WeirError) -> any Connection
    /// Listens on a TCP port; 0 chooses a free one. Throws `networkFailed`.
    func listen(host: String, port: Int) throws(WeirError) -> any Listener
    /// Connects to a socket on this machine by its path.
    ///
    /// - Throws: `networkFailed`; `badValue` if the path has more than 107 bytes.
    func connect(path: String) throws(WeirError) -> any Connection
    /// Listens on a path of this machine that only this user may connect to.
    ///
    /// The file of a listener whose process has ended is replaced.
    ///
    /// - Throws: `networkFailed`, also if somebody listens there or it is another file; `badValue` if
    ///   the path has more than 107 bytes; what files throw if its directory cannot be opened.
    func listen(path: String) throws(WeirError) -> any Listener
}

/// A byte stream to a peer.
///
/// One thread at a time.
public protocol Connection: AnyObject, Sendable {
    /// Reads what is there, without waiting: nil if nothing yet, 0 at the end of the stream.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(WeirError) -> Int?
    /// Writes what the peer takes now, without waiting; returns how many bytes.
    func write(_ bytes: UnsafeRawBufferPointer) throws(WeirError) -> Int
    /// Waits until it can be read, or until the deadline (monotonic nanoseconds).
    func waitReadable(until deadline: Int64)
    /// Closes it; closing twice is harmless.
    func close()
}

/// A port that peers connect to.
public protocol Listener: AnyObject, Sendable {
    /// The port in use.
    var port: Int { get }
    /// The next connection, or nil if none waits.
    func accept() throws(WeirError) -> (any Connection)?
    /// Closes it.
    func close()
}

/// Sockets.
public protocol Network: Sendable {
    /// Connects to a TCP port. Throws `networkFailed`.
    func connect(host: String, port: Int) throws(WeirError) -> any Connection
    /// Listens on a TCP port; 0 chooses a free one. Throws `networkFailed`.
    func listen(host: String, port: Int) throws(WeirError) -> any Listener
}

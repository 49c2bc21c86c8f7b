// SAFETY: one thread runs a simulation.
/// What one connection's maker sent to a port, as somebody on the wire sees it.
public final class NetworkRecording: @unchecked Sendable {
    /// Whose port.
    public let node: String
    /// The port.
    public let port: Int
    /// All bytes so far.
    public internal(set) var bytes: [UInt8] = []

    init(node: String, port: Int) {
        self.node = node
        self.port = port
    }
}

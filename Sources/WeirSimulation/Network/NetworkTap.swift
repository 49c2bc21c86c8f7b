/// One direction of a connection between nodes, as a tap sees it.
public struct TappedLink: Hashable, Sendable {
    /// Which connection of the simulation it is, by its start.
    public let connection: Int
    /// The node that writes.
    public let source: String
    /// The node that reads.
    public let target: String
    /// The port that was connected to.
    public let port: Int
    /// Whether the writer is who connected.
    public let isFromClient: Bool
}

/// Sits on the wire between nodes, and may change what goes over it.
public protocol NetworkTap: AnyObject {
    /// What arrives instead of `bytes`, which a writer has just handed over, in the order of writing.
    func carry(_ bytes: [UInt8], over link: TappedLink) -> [UInt8]
}

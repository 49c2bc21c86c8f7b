import WeirSimulation

/// Keeps what was sent to ports, a connection each, as somebody on the wire sees it.
final class TrafficRecorder: NetworkTap {
    private var links: [TappedLink] = []
    private var bytes: [TappedLink: [UInt8]] = [:]

    func carry(_ bytes: [UInt8], over link: TappedLink) -> [UInt8] {
        if link.isFromClient {
            if self.bytes[link] == nil { links.append(link) }
            self.bytes[link, default: []] += bytes
        }
        return bytes
    }

    /// What came to a node's ports, in the order of the connections' first bytes.
    func recordings(of node: String) -> [[UInt8]] {
        links.filter { $0.target == node }.compactMap { bytes[$0] }
    }
}

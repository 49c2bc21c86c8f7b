/// Where the server listens.
public struct RESTAddress: Sendable, Equatable, CustomStringConvertible {
    /// Name or address of the interface.
    public var host: String
    /// The port; 0 for any free one.
    public var port: Int

    /// Wraps both; without arguments, Flink's port on the loopback interface.
    public init(host: String = "127.0.0.1", port: Int = 8081) {
        self.host = host
        self.port = port
    }

    /// Whether only programs of this machine can connect.
    public var isLoopback: Bool { Self.isLoopback(host) }

    /// Host and port, as in a URL.
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether a host is this machine's own: `localhost`, `127.…`, `::1`.
    static func isLoopback(_ host: some StringProtocol) -> Bool {
        if host.lowercased() == "localhost" || host == "::1" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

/// The Flink that clients are told to talk to; they choose their behaviour by its version.
public struct FlinkCompatibility: Sendable, Equatable {
    /// Flink's version, whose shapes the answers have.
    public var version: String
    /// What stands where Flink names its commit.
    public var commit: String

    /// Wraps both.
    public init(version: String = "2.3.0", commit: String = "weir") {
        self.version = version
        self.commit = commit
    }
}

/// Limits and names of the server.
public struct RESTSettings: Sendable {
    /// The version of Weir, for the response header and `GET /weir/version`.
    public var weirVersion: String
    /// The Flink whose shapes the answers have.
    public var compatibility = FlinkCompatibility()
    /// Where uploads are written before the cluster takes them over; made if missing.
    public var uploadDirectory: String
    /// Bytes of the largest artifact.
    public var artifactLimitBytes = 1 << 30
    /// Bytes of the largest body of another request.
    public var bodyLimitBytes = 1 << 20
    /// Connections that are served at the same time; further ones wait.
    public var connectionLimit = 256
    /// How long a connection may be without a request, or take to send the head of one.
    public var idleTimeout: Duration = .seconds(60)
    /// How long sending a request's body or taking an answer may last, beside what its size needs.
    public var transferTimeout: Duration = .seconds(30)
    /// The slowest that a client may be; what it moves faster extends its time.
    public var minimumBytesPerSecond = 16 << 10
    /// Operations that are kept for polling.
    public var operationLimit = 1000
    /// How long requests under way may go on after the order to stop.
    public var stopTimeout: Duration = .seconds(10)

    /// Defaults for a server that writes uploads to `uploadDirectory`.
    public init(weirVersion: String, uploadDirectory: String) {
        self.weirVersion = weirVersion
        self.uploadDirectory = uploadDirectory
    }
}

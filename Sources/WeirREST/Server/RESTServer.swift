import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import WeirCore

/// Serves Flink's REST API v1, and what Weir adds under `/weir`, in front of a cluster.
///
/// All paths work bare and under `/v1`. Without a token only programs of this machine are served.
public final class RESTServer: Sendable {
    /// Where it listens, with the port that was chosen.
    public let address: RESTAddress
    private let server: Server<HTTP1Channel>
    private let running: Task<Void, Never>
    private let group: MultiThreadedEventLoopGroup
    private let stopTimeout: Duration

    private init(
        address: RESTAddress,
        server: Server<HTTP1Channel>,
        running: Task<Void, Never>,
        group: MultiThreadedEventLoopGroup,
        stopTimeout: Duration
    ) {
        self.address = address
        self.server = server
        self.running = running
        self.group = group
        self.stopTimeout = stopTimeout
    }

    /// Starts a server; returns when it listens.
    ///
    /// Takes one thread of its own. With a token, every request needs `Authorization: Bearer TOKEN`.
    ///
    /// - Throws: `addressUnprotected` for an address that others can reach without a token,
    ///   `networkFailed` if it cannot listen there.
    public static func start(
        gateway: any ClusterGateway,
        world: any World,
        address: RESTAddress = RESTAddress(),
        token: String? = nil,
        settings: RESTSettings
    ) async throws(WeirError) -> RESTServer {
        let requestGuard = try requestGuard(address, token)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let (addresses, found) = AsyncStream.makeStream(of: Result<RESTAddress, WeirError>.self)
        let services = RESTServices(
            gateway: gateway,
            world: world,
            settings: settings,
            operations: OperationRegistry(limit: settings.operationLimit)
        )
        let server = server(
            address,
            settings,
            group,
            Dispatcher(services: services, requestGuard: requestGuard)
        ) { channel in
            let port = channel.localAddress?.port ?? address.port
            found.yield(.success(RESTAddress(host: address.host, port: port)))
        }
        let running = Task {
            do { try await server.run() } catch { found.yield(.failure(failed(address, error))) }
            found.finish()
        }
        do throws(WeirError) {
            guard let listening = try await addresses.first(where: { _ in true })?.get() else {
                throw failed(address, nil)
            }
            return RESTServer(
                address: listening,
                server: server,
                running: running,
                group: group,
                stopTimeout: settings.stopTimeout
            )
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Stops listening, lets requests under way end for a while, and gives its thread back.
    ///
    /// Savepoints and other operations of the cluster go on.
    public func stop() async {
        let impatience = group.next().scheduleTask(in: TimeAmount(stopTimeout)) { [running] in
            running.cancel()
        }
        try? await server.shutdownGracefully()
        await running.value
        impatience.cancel()
        try? await group.shutdownGracefully()
    }

    private static func requestGuard(
        _ address: RESTAddress,
        _ token: String?
    ) throws(WeirError) -> RequestGuard {
        if let token, !token.isEmpty { return .token(Array(token.utf8)) }
        guard address.isLoopback else {
            throw WeirError(
                .addressUnprotected,
                "The REST server would be open to everyone who reaches \(address).",
                fix: "set a token, or listen on 127.0.0.1."
            )
        }
        return .thisMachine
    }

    private static func failed(_ address: RESTAddress, _ error: (any Error)?) -> WeirError {
        WeirError(
            .networkFailed,
            "The REST server cannot listen on \(address).",
            reason: error.map { "\($0)" } ?? "it ended at once.",
            fix: "choose another address, or end the program that uses this one."
        )
    }

    private static func server(
        _ address: RESTAddress,
        _ settings: RESTSettings,
        _ group: MultiThreadedEventLoopGroup,
        _ dispatcher: Dispatcher,
        onListening: @escaping @Sendable (any Channel) async -> Void
    ) -> Server<HTTP1Channel> {
        let silence = Logger(label: "weir.rest") { _ in SwiftLogNoOpLogHandler() }
        let budget = TransferBudget(
            base: TimeAmount(settings.transferTimeout).nanoseconds,
            minimumBytesPerSecond: settings.minimumBytesPerSecond
        )
        let channels = HTTP1Channel.Configuration(
            additionalChannelHandlers: [SlowClientHandler(budget)],
            idleTimeout: TimeAmount(settings.idleTimeout),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10,
                maxHeaderListSize: 64 << 10,
                maxHeaderFieldCount: 100
            )
        )
        return Server(
            childChannelSetup: HTTP1Channel(
                responder: { request, writer, channel in
                    let response = await dispatcher.respond(to: request, channel, silence)
                    try await writer.write(response: response.head, body: response.body)
                },
                configuration: channels
            ),
            configuration: ServerConfiguration(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: MaximumAvailableConnections(
                    settings.connectionLimit,
                    logger: silence
                )
            ),
            onServerRunning: onListening,
            eventLoopGroup: group,
            logger: silence
        )
    }
}

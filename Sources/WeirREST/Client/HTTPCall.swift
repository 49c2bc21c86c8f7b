import NIOCore
import NIOHTTP1
import NIOPosix
import WeirCore

/// One request over one connection, and its answer, on NIO's threads; the caller waits.
struct HTTPCall {
    private let url: ServerURL
    private let channel: any Channel
    private let collected: EventLoopFuture<AnswerCollector.Answer>

    /// Connects.
    ///
    /// - Throws: `serverUnreachable`.
    static func open(_ url: ServerURL, timeout: TimeAmount) throws(WeirError) -> HTTPCall {
        let group = MultiThreadedEventLoopGroup.singleton
        let promise = group.next().makePromise(of: AnswerCollector.Answer.self)
        do {
            let channel = try ClientBootstrap(group: group)
                .connectTimeout(timeout)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(AnswerCollector(promise))
                    }
                }
                .connect(host: url.host, port: url.port).wait()
            return HTTPCall(url: url, channel: channel, collected: promise.futureResult)
        } catch {
            promise.fail(error)
            throw unreachable(url, "\(error)")
        }
    }

    /// Sends the head.
    func begin(
        _ method: String,
        _ path: String,
        _ headers: [(String, String)]
    ) throws(WeirError) {
        let head = HTTPRequestHead(
            version: .http1_1,
            method: HTTPMethod(rawValue: method),
            uri: path,
            headers: HTTPHeaders(headers)
        )
        try send(.head(head))
    }

    /// Sends bytes of the body, and waits until the system has taken them.
    func write(_ bytes: [UInt8]) throws(WeirError) {
        try send(.body(.byteBuffer(ByteBuffer(bytes: bytes))))
    }

    /// Sends the end.
    func end() throws(WeirError) { try send(.end(nil)) }

    private func send(_ part: HTTPClientRequestPart) throws(WeirError) {
        do {
            try channel.writeAndFlush(part).wait()
        } catch {
            throw Self.unreachable(url, "The connection broke off: \(error)")
        }
    }

    /// The answer.
    ///
    /// - Throws: `serverUnreachable` if there is none in time.
    func answer(within timeout: TimeAmount) throws(WeirError) -> AnswerCollector.Answer {
        let impatience = channel.eventLoop.scheduleTask(in: timeout) { [channel] in
            channel.close(promise: nil)
        }
        defer { impatience.cancel() }
        do {
            return try collected.wait()
        } catch {
            throw Self.unreachable(url, "It does not answer as a job manager does: \(error)")
        }
    }

    /// Ends the connection.
    func close() { channel.close(promise: nil) }

    private static func unreachable(_ url: ServerURL, _ reason: String) -> WeirError {
        WeirError(
            .serverUnreachable,
            "The job manager at \(url) cannot be reached.",
            reason: reason,
            fix: "Start one, such as with `weir cluster start`, or name its REST address with "
                + "--jobmanager or WEIR_JOBMANAGER."
        )
    }
}

/// Puts an answer together.
final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    /// A whole answer.
    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]
    }

    /// Why there is no whole answer.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let promise: EventLoopPromise<Answer>
    private var status = 0
    private var body: [UInt8] = []

    init(_ promise: EventLoopPromise<Answer>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): status = Int(head.status.code)
        case .body(let bytes):
            guard body.count + bytes.readableBytes <= RESTClient.mostBytes else {
                return fail(context, Failure(description: "the answer is too long"))
            }
            body += bytes.readableBytesView
        case .end:
            promise.succeed(Answer(status: status, body: body))
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(context, error) }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(Failure(description: "the connection was closed"))
        context.fireChannelInactive()
    }

    private func fail(_ context: ChannelHandlerContext, _ error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }
}

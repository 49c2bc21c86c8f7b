import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes connections whose clients send or take too slowly, and those whose answer says so.
///
/// It also answers `Expect: 100-continue`, which concerns the connection alone.
///
/// Hummingbird's own handler sees to idle connections and slow heads; a body that trickles in and an
/// answer that nobody takes are found here. Bound to its channel's event loop.
final class SlowClientHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How long input is still read after a last answer, so that the client gets to see it.
    private static let linger = TimeAmount.seconds(1)

    private var reading: TransferBudget
    private var writing: TransferBudget
    private var timer: Scheduled<Void>?
    private var closesAfterAnswer = false

    init(_ budget: TransferBudget) {
        reading = budget
        writing = budget
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            reading.begun(at: now)
            inviteBody(of: head, context)
        case .body(let bytes): reading.moved(bytes.readableBytes)
        case .end: reading.ended()
        }
        watch(context)
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            writing.begun(at: now)
            closesAfterAnswer = head.headerFields[.connection] == "close"
            context.write(data, promise: promise)
        case .body(let bytes):
            writing.moved(bytes.readableBytes)
            context.write(data, promise: promise)
        case .end:
            let written = promise ?? context.eventLoop.makePromise()
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            written.futureResult.whenComplete { _ in
                let (handler, context) = bound.value
                handler.answered(context)
            }
            context.write(data, promise: written)
        }
        watch(context)
    }

    /// Tells a client that waits with its body to send it; curl does so with large ones.
    private func inviteBody(of head: HTTPRequest, _ context: ChannelHandlerContext) {
        guard head.headerFields[.expect]?.lowercased() == "100-continue" else { return }
        let invitation = HTTPResponsePart.head(HTTPResponse(status: .continue))
        context.writeAndFlush(wrapOutboundOut(invitation), promise: nil)
    }

    /// The last byte of an answer has left.
    private func answered(_ context: ChannelHandlerContext) {
        writing.ended()
        guard closesAfterAnswer else { return }
        context.close(mode: .output, promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.linger) {
            bound.value.close(mode: .all, promise: nil)
        }
    }

    private var now: Int64 { Int64(NIODeadline.now().uptimeNanoseconds) }

    /// Wakes up at the next deadline; it may have moved by then.
    private func watch(_ context: ChannelHandlerContext) {
        let deadlines = [reading.deadline, writing.deadline].compactMap { $0 }
        guard timer == nil, let next = deadlines.min() else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: .nanoseconds(max(0, next - now))) {
            let (handler, context) = bound.value
            handler.timeReached(context)
        }
    }

    private func timeReached(_ context: ChannelHandlerContext) {
        timer = nil
        let isLate = [reading.deadline, writing.deadline].contains { $0.map { $0 <= now } ?? false }
        if isLate {
            context.close(mode: .all, promise: nil)
        } else {
            watch(context)
        }
    }
}

@available(*, unavailable)
extension SlowClientHandler: Sendable {}

import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import WeirCore

/// Finds the endpoint of a request and makes its answer a response.
struct Dispatcher: Sendable {
    private let services: RESTServices
    private let requestGuard: RequestGuard
    private let router: RouterResponder<BasicRequestContext>

    init(services: RESTServices, requestGuard: RequestGuard) {
        self.services = services
        self.requestGuard = requestGuard
        let router = Router(context: BasicRequestContext.self)
        for endpoint in Endpoint.all {
            for prefix in ["", "v1/"] {
                router.on(RouterPath(prefix + endpoint.path), method: endpoint.method) {
                    request,
                    context in
                    await Self.answer(endpoint, request, context, services)
                }
            }
        }
        self.router = router.buildResponder()
    }

    /// The response to a request, whatever happens.
    func respond(to request: Request, _ channel: any Channel, _ logger: Logger) async -> Response {
        let response = await routed(request, channel, logger)
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func routed(
        _ request: Request,
        _ channel: any Channel,
        _ logger: Logger
    ) async -> Response {
        do throws(WeirError) {
            try requestGuard.check(request.head)
        } catch {
            return response(.failure(error))
        }
        let context = BasicRequestContext(
            source: ApplicationRequestContextSource(channel: channel, logger: logger)
        )
        let routed = try? await router.respond(to: request, context: context)
        // What endpoints answer has a body; without one, there was none.
        guard let routed, routed.body.contentLength != 0 else {
            return response(.unknownPath(request.head))
        }
        return routed
    }

    private func response(_ answer: Answer) -> Response {
        answer.response(weirVersion: services.settings.weirVersion)
    }

    private static func answer(
        _ endpoint: Endpoint,
        _ request: Request,
        _ context: BasicRequestContext,
        _ services: RESTServices
    ) async -> Response {
        let call = Call(request: request, parameters: context.parameters, services: services)
        do throws(WeirError) {
            let answer = try await endpoint.handler(call)
            return answer.response(weirVersion: services.settings.weirVersion)
        } catch {
            return Answer.failure(error).response(weirVersion: services.settings.weirVersion)
        }
    }
}

import HTTPTypes
import Hummingbird
import NIOCore
import WeirCore

/// What a request is answered with.
struct Answer: Sendable {
    var status: HTTPResponse.Status = .ok
    var body: JSONValue
    /// Whether the connection ends with it, since the rest of the request is not wanted.
    var closesConnection = false

    /// The body of all errors: what happened, and then the details.
    static func errors(_ status: HTTPResponse.Status, _ texts: [String]) -> Answer {
        Answer(status: status, body: ["errors": .array(texts.map { .text($0) })])
    }

    /// An error with the status that fits it.
    static func failure(_ error: WeirError) -> Answer {
        let isBare = error.position.isEmpty && error.reason.isEmpty && error.fix.isEmpty
        var answer = errors(
            status(of: error),
            isBare ? [error.message] : [error.message, error.description]
        )
        answer.closesConnection = [.requestTooLarge, .requestUnauthorized].contains(error.code)
        return answer
    }

    /// Nothing is known under a path; Flink takes it for a file of its dashboard.
    static func unknownPath(_ request: HTTPRequest) -> Answer {
        let path = request.path ?? "/"
        return request.method == .get
            ? errors(.notFound, ["Unable to load requested file \(path)."])
            : errors(.notFound, ["Not found: \(path)"])
    }

    private static func status(of error: WeirError) -> HTTPResponse.Status {
        switch error.code {
        case .requestInvalid: return .badRequest
        case .resourceUnknown: return .notFound
        case .requestTooLarge: return .contentTooLarge
        case .requestUnauthorized: return .unauthorized
        default: break
        }
        switch error.kind {
        case .fixJob, .fixConfiguration: return .badRequest
        case .refused: return .conflict
        case .retry: return .serviceUnavailable
        case .fixEnvironment, .corruption, .bug: return .internalServerError
        }
    }

    /// The response as it is sent.
    func response(weirVersion: String) -> Response {
        var headers: HTTPFields = [
            .contentType: "application/json; charset=UTF-8",
            .cacheControl: "no-store",
            .xContentTypeOptions: "nosniff",
        ]
        if let name = HTTPField.Name("Weir-Version") { headers[name] = weirVersion }
        if closesConnection { headers[.connection] = "close" }
        if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
        return Response(
            status: status,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body.encoded()))
        )
    }
}

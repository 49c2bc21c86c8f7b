import HTTPTypes
import Hummingbird
import WeirCore

/// A method, a path and what answers them.
struct Endpoint: Sendable {
    /// What answers a call.
    typealias Handler = @Sendable (Call) async throws(WeirError) -> Answer

    let method: HTTPRequest.Method
    /// The path without the leading slash; parts that begin with a colon are parameters.
    let path: String
    let handler: Handler

    init(_ method: HTTPRequest.Method, _ path: String, _ handler: @escaping Handler) {
        self.method = method
        self.path = path
        self.handler = handler
    }

    /// An endpoint that reads and whose answer is a body alone.
    static func get(
        _ path: String,
        _ body: @escaping @Sendable (Call) async throws(WeirError) -> JSONValue
    ) -> Endpoint {
        Endpoint(.get, path) { call throws(WeirError) in Answer(body: try await body(call)) }
    }

    /// Everything that the server knows.
    static var all: [Endpoint] {
        clusterEndpoints + jobEndpoints + vertexEndpoints + checkpointEndpoints
            + operationEndpoints + taskManagerEndpoints + artifactEndpoints + weirEndpoints
    }
}

/// What endpoints work with.
struct RESTServices: Sendable {
    let gateway: any ClusterGateway
    let world: any World
    let settings: RESTSettings
    let operations: OperationRegistry
}

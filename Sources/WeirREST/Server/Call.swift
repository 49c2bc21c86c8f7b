import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import WeirCore

/// One request with what is needed to answer it.
struct Call: Sendable {
    let request: Request
    let parameters: Parameters
    let services: RESTServices

    /// The cluster.
    var gateway: any ClusterGateway { services.gateway }
    /// Host and port under which the client found the server.
    var authority: String { request.head.authority ?? "" }
    /// Milliseconds since the epoch.
    var now: Int64 { services.world.clock.wallMilliseconds() }

    // MARK: Parameters

    /// A part of the path, decoded.
    func parameter(_ name: String) throws(WeirError) -> String {
        let raw = parameters.get(name) ?? ""
        guard let text = PercentCoding.decode(raw), !text.isEmpty, !text.contains("/"),
            text != ".", text != ".."
        else {
            throw Self.unresolved("path", name, raw)
        }
        return text
    }

    /// A part of the path that is an id: 32 hexadecimal digits.
    func identifier(_ name: String) throws(WeirError) -> String {
        let text = try parameter(name)
        guard Self.isIdentifier(text) else { throw Self.unresolved("path", name, text) }
        return text.lowercased()
    }

    /// The job of the path.
    func jobID() throws(WeirError) -> String { try identifier("jobid") }

    /// A part of the path that is a number.
    func number(_ name: String) throws(WeirError) -> UInt64 {
        let text = try parameter(name)
        guard let number = UInt64(text) else { throw Self.unresolved("path", name, text) }
        return number
    }

    /// A parameter of the query, decoded; nil if there is none.
    func query(_ name: String) -> String? {
        QueryString.value(of: name, in: request.uri.query ?? "")
    }

    /// A parameter of the query that has another type; nil if there is none.
    func query<Value: LosslessStringConvertible>(
        _ name: String,
        as type: Value.Type
    ) throws(WeirError) -> Value? {
        guard let text = query(name) else { return nil }
        guard let value = Value(text) else { throw Self.unresolved("query", name, text) }
        return value
    }

    /// Whether a text is the id of a job, vertex or operation.
    static func isIdentifier(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    }

    /// The error of a parameter that is not what it should be.
    static func unresolved(_ kind: String, _ name: String, _ text: String) -> WeirError {
        WeirError(
            .requestInvalid,
            "Bad request, could not parse parameters: Cannot resolve \(kind) parameter (\(name)) "
                + "from value \"\(text)\"."
        )
    }

    // MARK: Body

    /// The fields of the body; `name` is Flink's for it, and stands in messages.
    func body(named name: String) async throws(WeirError) -> BodyFields {
        try BodyFields(try await bytes(), named: name)
    }

    private func bytes() async throws(WeirError) -> [UInt8] {
        let limit = services.settings.bodyLimitBytes
        do {
            return Array(buffer: try await request.body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw WeirError(
                .requestTooLarge,
                "The body has more than the \(limit) bytes that are allowed."
            )
        } catch {
            throw WeirError(.requestInvalid, "The body did not arrive whole.", reason: "\(error)")
        }
    }

    // MARK: Operations

    /// A new id for an operation or a job.
    func drawIdentifier() -> String { JobID(services.world.random).description }
}

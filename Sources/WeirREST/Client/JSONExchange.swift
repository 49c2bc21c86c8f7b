import NIOCore
import WeirCore

/// One request with a JSON body to an HTTP server of any kind, and its answer as it comes.
///
/// Waits. Not to be called on a thread of Swift's or NIO's pools.
package struct JSONExchange: Sendable {
    private let url: ServerURL
    private let token: String?
    private let patience: TimeAmount

    /// Exchanges with a server that may take `patience` nanoseconds to be there, and as many to answer.
    package init(_ url: ServerURL, token: String? = nil, patience: Int64) {
        self.url = url
        self.token = token
        self.patience = .nanoseconds(patience)
    }

    /// Sends a request; returns status and body.
    ///
    /// - Throws: `serverUnreachable`, which says why.
    package func send(
        _ method: String,
        _ path: String,
        _ body: JSONValue?
    ) throws(WeirError) -> (status: Int, body: [UInt8]) {
        let bytes = body.map { $0.encoded() } ?? []
        let call = try HTTPCall.open(url, timeout: patience)
        defer { call.close() }
        var headers = [("host", url.authority), ("connection", "close")]
        if let token { headers.append(("authorization", "Bearer " + token)) }
        if !bytes.isEmpty {
            headers.append(("content-length", "\(bytes.count)"))
            headers.append(("content-type", "application/json"))
        }
        try call.begin(method, path, headers)
        do throws(WeirError) {
            if !bytes.isEmpty { try call.write(bytes) }
            try call.end()
        } catch  where error.code == .serverUnreachable {
            // It may have answered and closed already.
        }
        let answer = try call.answer(within: patience)
        return (answer.status, answer.body)
    }
}

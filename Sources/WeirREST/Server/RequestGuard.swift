import HTTPTypes
import WeirCore

/// Who may send requests.
///
/// With a token, who knows it. Without one the server listens on the loopback interface only, and
/// pages of other sites, which a browser on this machine may show, are kept out.
enum RequestGuard: Sendable {
    /// Whoever knows this token.
    case token([UInt8])
    /// Programs of this machine.
    case thisMachine

    /// Lets a request through.
    ///
    /// - Throws: `requestUnauthorized`.
    func check(_ request: HTTPRequest) throws(WeirError) {
        switch self {
        case .token(let token):
            let sent = request.headerFields[.authorization] ?? ""
            let expected = Array("Bearer ".utf8) + token
            guard SecretComparison.isSame(Array(sent.utf8), expected) else {
                throw WeirError(
                    .requestUnauthorized,
                    "The request carries no token, or another one.",
                    fix: "send the header `Authorization: Bearer TOKEN` with the server's token."
                )
            }
        case .thisMachine:
            try checkOrigin(request)
        }
    }

    /// A name of another site that leads to this machine, and a page that was loaded from elsewhere.
    private func checkOrigin(_ request: HTTPRequest) throws(WeirError) {
        let authority = request.authority ?? ""
        if !authority.isEmpty && !RESTAddress.isLoopback(Self.host(of: authority)) {
            throw WeirError(
                .requestUnauthorized,
                "The request is for the host \(authority), which is not this machine's own.",
                fix: "use http://127.0.0.1 or http://localhost, or start the server with a token."
            )
        }
        if let origin = request.headerFields[.origin], origin != "http://\(authority)" {
            throw WeirError(
                .requestUnauthorized,
                "The request comes from a page of \(origin).",
                fix: "start the server with a token to use it from other pages."
            )
        }
    }

    /// `localhost` of `localhost:8081`, `[::1]` of `[::1]:8081`.
    private static func host(of authority: String) -> Substring {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            return authority[...end]
        }
        return authority.prefix { $0 != ":" }
    }
}

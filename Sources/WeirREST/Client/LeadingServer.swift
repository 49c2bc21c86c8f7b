import NIOCore
import Synchronization
import WeirCore

/// Finds out which of several servers answers: job managers that stand by do not listen.
final class LeadingServer: Sendable {
    /// How long a server may take to say that it is there.
    private static let patience: Int64 = 2_000_000_000

    private let urls: [ServerURL]
    private let found = Mutex(0)

    init(_ urls: [ServerURL]) {
        precondition(!urls.isEmpty, "a client needs a server")
        self.urls = urls
    }

    /// The one that answered last; the first at first.
    var last: ServerURL { urls[found.withLock { $0 }] }

    /// One that answers now; of a single one, that is not asked.
    ///
    /// - Throws: `serverUnreachable` if none does, with each one's reason.
    func find(token: String?) throws(WeirError) -> ServerURL {
        guard urls.count > 1 else { return urls[0] }
        let first = found.withLock { $0 }
        var reasons: [String] = []
        for step in 0..<urls.count {
            let index = (first + step) % urls.count
            do throws(WeirError) {
                // Any answer is a sign of life.
                _ = try JSONExchange(urls[index], token: token, patience: Self.patience)
                    .send("GET", "/weir/version", nil)
                found.withLock { $0 = index }
                return urls[index]
            } catch {
                reasons.append("\(urls[index]): \(error.reason)")
            }
        }
        throw WeirError(
            .serverUnreachable,
            "None of \(urls.count) job managers answers.",
            reason: reasons.joined(separator: "\n         "),
            fix: "Wait until one of them leads, start one, or name their REST addresses with "
                + "--jobmanager or WEIR_JOBMANAGER."
        )
    }
}

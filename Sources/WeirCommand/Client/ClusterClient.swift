import WeirCore
import WeirREST

/// A job manager as the verbs ask it: requests, and waiting for what they led to.
struct ClusterClient {
    let rest: RESTClient
    let world: any World

    /// From one question to the next, in nanoseconds.
    private static let pollPause: Int64 = 50_000_000

    /// Waits a little.
    func pause(_ nanoseconds: Int64 = ClusterClient.pollPause) {
        let parker = world.threads.makeParker()
        parker.park(until: world.clock.monotonicNanoseconds() + nanoseconds)
    }

    // MARK: Jobs

    /// What the server knows of a job.
    func job(_ id: JobID) throws(WeirError) -> JSONNode { try rest.get("/jobs/\(id)") }

    /// The state of a job, as Flink names it.
    func state(_ id: JobID) throws(WeirError) -> String {
        try rest.get("/jobs/\(id)/status")["status"]?.text ?? ""
    }

    /// Whether a job in this state is over.
    static func isTerminal(_ state: String) -> Bool {
        ["FINISHED", "CANCELED", "FAILED"].contains(state)
    }

    /// Waits for the end of a job; returns its last state.
    func waitForEnd(_ id: JobID) throws(WeirError) -> String {
        while true {
            let state = try state(id)
            if Self.isTerminal(state) { return state }
            pause()
        }
    }

    /// Why a job failed, if it is known.
    func failure(of id: JobID) throws(WeirError) -> WeirError? {
        let answer = try rest.get("/jobs/\(id)/exceptions?maxExceptions=1")
        let entry = answer["exceptionHistory"]?["entries"]?.elements.first
        return entry?["stacktrace"]?.text.map { ServerAnswer.error($0, status: 500) }
    }

    /// Asks for something that goes on after the answer, and waits for what comes of it.
    ///
    /// - Throws: what it failed with.
    func operation(
        _ path: String,
        at place: String,
        _ body: JSONValue
    ) throws(WeirError) -> JSONNode {
        let started = try rest.send("POST", path, body)
        guard let id = started["request-id"]?.text else { throw unexpected(path) }
        while true {
            let answer = try rest.get("\(place)/\(id)")
            if answer["status"]?["id"]?.text == "COMPLETED" {
                guard let operation = answer["operation"] else { throw unexpected(place) }
                let cause = operation["failure-cause"] ?? operation["failureCause"]
                if let text = cause?["stack-trace"]?.text {
                    throw ServerAnswer.error(text, status: 500)
                }
                return operation
            }
            pause()
        }
    }

    /// The error of an answer without what it must have.
    func unexpected(_ path: String) -> WeirError {
        WeirError(
            .serverUnreachable,
            "The server at \(rest.url) answered \(path) with something unknown.",
            fix: "Use a `weir` of the server's version; GET /weir/version tells it."
        )
    }

    /// A path that means the same to the server, which has another working directory.
    func absolute(_ path: String) -> String {
        path.hasPrefix("file:") ? path : world.processes.absolutePath(path)
    }
}

extension JSONValue {
    /// A text, or null for none.
    static func text(orNull text: String?) -> JSONValue { text.map { .text($0) } ?? .null }
}

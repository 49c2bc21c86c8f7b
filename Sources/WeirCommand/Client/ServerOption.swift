import ArgumentParser
import WeirCore
import WeirREST

/// The options of every verb that asks a job manager.
struct ServerOption: ParsableArguments {
    @Option(
        name: .customLong("jobmanager"),
        help: """
            The job manager's REST address (default http://127.0.0.1:8081; WEIR_JOBMANAGER); of \
            several, one of which leads: all, with commas between.
            """
    )
    var url: String?

    @Option(
        help: "The file with the cluster's token, if it wants one (WEIR_TOKEN_FILE, WEIR_TOKEN)."
    )
    var tokenFile: String?

    /// The client of the job manager that is meant.
    ///
    /// - Throws: `usage`, `badValue`; what files throw.
    func client(_ console: Console) throws(WeirError) -> ClusterClient {
        let variable = console.world.processes.environment("WEIR_JOBMANAGER")
        let places: [ServerURL]
        if let url {
            places = try ServerURL.list(url, position: "--jobmanager")
        } else if let variable {
            places = try ServerURL.list(variable, position: "environment WEIR_JOBMANAGER")
        } else {
            places = try ServerURL.list("http://127.0.0.1:8081", position: "--jobmanager")
        }
        let token = try ClusterToken.given(file: tokenFile, console.world)
        return ClusterClient(
            rest: RESTClient(places, token: token?.text),
            world: console.world
        )
    }
}

/// The job that a verb is about.
struct JobArgument: ParsableArguments {
    @Argument(
        help: "The job's id: 32 hexadecimal digits, as `weir submit` and `weir list` print it."
    )
    var job: String

    /// The id.
    ///
    /// - Throws: `usage`.
    func id() throws(WeirError) -> JobID { try Self.parse(job) }

    /// The id that a text is.
    ///
    /// - Throws: `usage`.
    static func parse(_ text: String) throws(WeirError) -> JobID {
        guard let id = JobID(text) else {
            throw WeirError(
                .usage,
                "\"\(text)\" is no job id.",
                reason: "An id has 32 hexadecimal digits.",
                fix: "`weir list --all` shows the jobs that there are."
            )
        }
        return id
    }
}

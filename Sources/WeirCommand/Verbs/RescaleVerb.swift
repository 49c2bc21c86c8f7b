import ArgumentParser
import Weir
import WeirCore
import WeirREST

/// `weir rescale JOBID --parallelism N`.
struct RescaleVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "rescale",
        abstract: "Lets a running job go on at another parallelism.",
        discussion: """
            weir rescale 5f0c2a9b7d3e4c1f8a6b0d2e4f6a8c0e --parallelism 4

            The job takes a checkpoint, and its next attempt goes on from it, as wide as asked for. \
            Operators whose program fixes their parallelism keep it. Returns when all tasks run. \
            Without enough slots it is refused (exit code 3).
            """
    )

    @OptionGroup var job: JobArgument
    @Option(help: "Parallel instances of each operator.")
    var parallelism: Int
    @OptionGroup var server: ServerOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        guard parallelism >= 1 else {
            throw WeirError(
                .badValue,
                "\(parallelism) is not a value for --parallelism.",
                fix: "Write a number from 1 on."
            )
        }
        let client = try server.client(console)
        let id = try job.id()
        let vertices = try client.job(id)["vertices"]?.elements ?? []
        let highest = vertices.compactMap { $0["maxParallelism"]?.integer }.max() ?? 0
        guard parallelism <= highest else {
            throw WeirError(
                .rescaleRefused,
                "Job \(id) is not rescaled.",
                reason:
                    "\(parallelism) is more than \(highest), the highest parallelism of its vertices.",
                fix: "Choose a lower parallelism; the number of key groups is fixed."
            )
        }
        var bounds: [String: JSONValue] = [:]
        for vertex in vertices {
            guard let name = vertex["id"]?.text, let most = vertex["maxParallelism"]?.integer else {
                throw client.unexpected("/jobs/\(id)")
            }
            let wanted = min(Int64(parallelism), most)
            bounds[name] = [
                "parallelism": ["lowerBound": .integer(wanted), "upperBound": .integer(wanted)]
            ]
        }
        try client.rest.send("PUT", "/jobs/\(id)/resource-requirements", .object(bounds))
        return try wait(client, id)
    }

    /// Waits until all tasks of the new attempt run, or the job has ended.
    private func wait(_ client: ClusterClient, _ id: JobID) throws(WeirError) -> Int32 {
        while true {
            let job = try client.job(id)
            let state = job["state"]?.text ?? ""
            if ClusterClient.isTerminal(state) {
                client.world.processes.tell("job \(id) has ended: \(state)\n")
                return state == "FINISHED" ? 0 : 1
            }
            let isWide = (job["vertices"]?.elements ?? []).allSatisfy { vertex in
                let most = vertex["maxParallelism"]?.integer ?? 0
                return vertex["parallelism"]?.integer == min(Int64(parallelism), most)
                    && vertex["tasks"]?["RUNNING"]?.integer == vertex["parallelism"]?.integer
            }
            if isWide { return 0 }
            client.pause()
        }
    }
}

import ArgumentParser
import Weir
import WeirCore
import WeirREST

/// `weir cancel JOBID`.
struct CancelVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Ends a job at once, without a last checkpoint.",
        discussion: """
            weir cancel 5f0c2a9b7d3e4c1f8a6b0d2e4f6a8c0e

            Returns when the job has ended. What was committed stays; `weir stop` ends a job with a \
            snapshot to go on from.
            """
    )

    @OptionGroup var job: JobArgument
    @OptionGroup var server: ServerOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let client = try server.client(console)
        let id = try job.id()
        try client.rest.send("PATCH", "/jobs/\(id)?mode=cancel", nil)
        let state = try client.waitForEnd(id)
        guard state != "CANCELED" else { return 0 }
        console.world.processes.tell("job \(id) ended before it was cancelled: \(state)\n")
        return state == "FINISHED" ? 0 : 1
    }
}

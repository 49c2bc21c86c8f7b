import ArgumentParser
import Weir
import WeirCore

/// The options of a cluster that a verb starts for itself.
struct OwnClusterOptions: ParsableArguments {
    @Option(help: "Task managers of the cluster, each a process with workers of its own.")
    var taskmanagers = 2
    @Option(help: "Slots of each task manager.")
    var slots = 2
    @Option(help: "Parallel instances of each operator (default: as many as slots).")
    var parallelism: Int?
    @Option(help: "Memory that the workers of a task manager may use together.")
    var memory = "2g"
    @Option(help: "Time from one checkpoint to the next; 0: no checkpoints.")
    var interval = "1s"
    @OptionGroup var definitions: DefinitionOption
    @Option(help: "A directory for the cluster, kept afterwards (default: one that is removed).")
    var directory: String?

    var allSlots: Int { parallelism ?? taskmanagers * slots }

    /// The job's settings.
    ///
    /// - Throws: `usage`.
    func settings() throws(WeirError) -> [String: String] {
        var settings = ["execution.checkpointing.interval": interval]
        for (key, value) in try definitions.pairs() { settings[key] = value }
        return settings
    }
}

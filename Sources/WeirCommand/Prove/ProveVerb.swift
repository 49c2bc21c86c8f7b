import ArgumentParser
import Weir
import WeirCore
import WeirREST

/// `weir prove JOB`.
struct ProveVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Kills a job's processes, and tells whether its output stays exact.",
        discussion: """
            weir prove ./my-job --kills 50 -- --input /data/in --output {output}
            weir prove ./flights --header --certificate proof.json -- --input in --output \
            {output}

            Starts a cluster of its own on this machine and runs the job to its end, undisturbed; then again \
            and again, while workers, task managers and the job manager are killed with SIGKILL at moments \
            that the seed draws. Each time the job must commit the same rows, whatever their order: none \
            missing, none twice, none that should not be there. The input must end, and the output must \
            depend on it alone.

            {output} stands for a directory of each run's own. The rows are the lines of the visible files \
            there; with --header the first line of each file is none. The certificate tells what was run, \
            which processes were killed when, and a hash of the rows.

            Exit codes: 0 exact; 1 it was not, or the job failed; 2 wrong usage; 3 nothing can be said.
            """
    )

    @Argument(help: "The job's executable.")
    var job: String
    @Option(help: "Processes that are killed, two in each run of the job.")
    var kills = 10
    @Option(help: "Seed by which moments and processes are chosen.")
    var seed: UInt64 = 1
    @Option(help: "worker, taskmanager or jobmanager; may be repeated (default: all).")
    var victim: [Victim] = []
    @Flag(help: "The first line of each of the job's files is a header.")
    var header = false
    @Option(help: "A file for the certificate, JSON.")
    var certificate: String?
    @OptionGroup var cluster: OwnClusterOptions
    @OptionGroup var output: OutputOption
    @Argument(parsing: .postTerminator, help: "The job's own arguments, behind --.")
    var arguments: [String] = []

    func validate() throws {
        guard (1...100_000).contains(kills) else {
            throw ValidationError("--kills is 1 to 100000.")
        }
        guard arguments.contains(where: { $0.contains(Prover.placeholder) }) else {
            throw ValidationError(
                "None of the job's arguments has \(Prover.placeholder), for its output directory."
            )
        }
    }

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let world = console.world
        guard let status = try world.files.status(job), !status.isDirectory else {
            throw WeirError(
                .usage,
                "There is no job at \(job).",
                position: job,
                fix: "Name the executable of a job; its own arguments come behind --."
            )
        }
        let clusters = OwnClusters(cluster, verb: "weir prove", world: world)
        let name = job.split(separator: "/").last.map(String.init) ?? job
        var artifact = ""
        let proof = try clusters.withCluster { cluster throws(WeirError) in
            artifact = try cluster.upload(job)
            return try Prover(
                cluster: cluster,
                artifact: artifact,
                name: name,
                arguments: arguments,
                kills: kills,
                seed: seed,
                victims: victim.isEmpty ? Victim.allCases : victim,
                hasHeaders: header,
                say: { world.processes.tell("weir prove: \($0)\n") }
            ).run()
        }
        for (run, text, _) in proof.wrong {
            world.processes.tell("weir prove: run \(run): \(text)\n")
        }
        let document = try document(proof, artifact)
        if let certificate {
            try world.files.replaceAll(certificate, with: Array(document.text(.json).utf8))
        }
        try console.print(document, as: output.output)
        return proof.wrong.isEmpty ? 0 : 1
    }

    private func document(
        _ proof: Prover.Proof,
        _ artifact: String
    ) throws(WeirError) -> Document {
        let all = proof.wrong.map(\.difference)
        let settings = try cluster.settings().map { "\($0.key)=\($0.value)" }.sorted()
        return Document(
            facts: [
                ("verdict", .text(proof.wrong.isEmpty ? "exact" : "NOT EXACT")),
                ("job", .text(artifact)),
                ("arguments", .text(arguments.joined(separator: " "))),
                ("settings", .text(settings.joined(separator: " "))),
                ("weir", .text(Version.current)), ("seed", .text("\(seed)")),
                ("task managers", .integer(Int64(cluster.taskmanagers))),
                ("slots of each", .integer(Int64(cluster.slots))),
                ("parallelism", .integer(Int64(cluster.allSlots))),
                ("runs", .integer(Int64(proof.runs))),
                ("rows of a run", .integer(Int64(proof.expected.count))),
                ("sha256 of the rows", .text(proof.expected.digest)),
                ("missing", .integer(Int64(all.reduce(0) { $0 + $1.missing }))),
                ("duplicate", .integer(Int64(all.reduce(0) { $0 + $1.duplicate }))),
                ("extra", .integer(Int64(all.reduce(0) { $0 + $1.extra }))),
            ],
            listName: "kills",
            columns: ["run", "victim", "after ms", "checkpoint"],
            rows: proof.kills.map { kill in
                [
                    .integer(Int64(kill.run)), .text(kill.victim.rawValue),
                    .milliseconds(kill.afterNanoseconds), .integer(kill.checkpoint),
                ]
            }
        )
    }
}

import Weir
import WeirCore
import WeirREST

/// Runs a job undisturbed, then again and again while its processes are killed, and compares.
struct Prover {
    /// A process that was killed.
    struct Kill {
        let run: Int
        let victim: Victim
        /// Nanoseconds from when the job ran, or ran again.
        let afterNanoseconds: Int64
        /// The job's last completed checkpoint then.
        let checkpoint: Int64
    }

    /// What was found.
    struct Proof {
        /// What an undisturbed run commits.
        let expected: CommittedRows
        /// Nanoseconds of an undisturbed run.
        let nanoseconds: Int64
        var runs = 0
        var kills: [Kill] = []
        /// Runs whose output was another one, with what was wrong.
        var wrong: [(run: Int, text: String, difference: CommittedRows.Difference)] = []
    }

    /// The part of an argument that stands for a directory of each run's own.
    static let placeholder = "{output}"
    /// Processes that are killed in one run of the job.
    private static let killsOfRun = 2
    /// Runs in which none could be killed, after which it is given up.
    private static let mostVainRuns = 3

    let cluster: OwnCluster
    let artifact: String
    let name: String
    let arguments: [String]
    let kills: Int
    let seed: UInt64
    let victims: [Victim]
    let hasHeaders: Bool
    let say: (String) -> Void

    /// Runs all.
    ///
    /// - Throws: `notProvable`; `jobFailed` if an undisturbed run fails.
    func run() throws(WeirError) -> Proof {
        say("running the job undisturbed")
        let begin = cluster.now
        let expected = try undisturbed("undisturbed")
        var proof = Proof(expected: expected, nanoseconds: cluster.now - begin)
        guard expected.count > 0 else {
            throw WeirError(
                .notProvable,
                "The job has committed nothing into the directory that \(Self.placeholder) stood for.",
                fix: "Put \(Self.placeholder) where the job's arguments name its output directory."
            )
        }
        say("\(expected.count) rows in \(proof.nanoseconds / 1_000_000) ms; now with kills")
        var random = SplitMix64(seed: seed)
        var vain = 0
        while proof.kills.count < kills {
            let before = proof.kills.count
            try disturbed(&proof, &random)
            vain = proof.kills.count > before ? 0 : vain + 1
            guard vain < Self.mostVainRuns else {
                throw WeirError(
                    .notProvable,
                    "The job ends before any of its processes can be killed.",
                    reason: "An undisturbed run takes \(proof.nanoseconds / 1_000_000) ms.",
                    fix: "Give it more input, or a slower one."
                )
            }
            let wrong = proof.wrong.count
            say(
                "\(proof.kills.count) of \(kills) kills in \(proof.runs) runs, "
                    + (wrong == 0 ? "exact so far" : "\(wrong) of them wrong")
            )
        }
        if !proof.wrong.isEmpty { try checkRepeatable(expected) }
        return proof
    }

    /// A job whose output is another one each time cannot be judged so.
    private func checkRepeatable(_ expected: CommittedRows) throws(WeirError) {
        say("running the job undisturbed once more: is its output always the same?")
        let again = try undisturbed("undisturbed-again").difference(from: expected)
        guard !again.isNone else { return }
        throw WeirError(
            .notProvable,
            "The job's output is not the same each time, even undisturbed.",
            reason: "Of two such runs, one lacked \(again.missing) rows of the other and had "
                + "\(again.duplicate + again.extra) more: \(again.examples.first ?? "")",
            fix: "Let it depend on event time and its input only; if the lines are the headers of "
                + "files, say so with --header."
        )
    }

    private func output(_ run: String) -> String { cluster.directory + "/output-" + run }

    private func submit(_ run: String) throws(WeirError) -> JobID {
        let own = output(run)
        return try cluster.submit(
            artifact,
            name: name,
            arguments: arguments.map { $0.replacing(Self.placeholder, with: own) },
            more: ["workingDirectory": .text(cluster.world.processes.workingDirectory)]
        )
    }

    /// What the job has committed at its end; the files are removed.
    private func committed(_ run: String) throws(WeirError) -> CommittedRows {
        let files = cluster.world.files
        let rows = try CommittedRows(in: output(run), hasHeaders: hasHeaders, files: files)
        if !cluster.isKept { try files.removeTree(output(run)) }
        return rows
    }

    private func undisturbed(_ run: String) throws(WeirError) -> CommittedRows {
        let job = try submit(run)
        let state = try end(of: job)
        guard state == "FINISHED" else {
            throw try cluster.client.failure(of: job)
                ?? WeirError(.jobFailed, "The undisturbed job is \(state).")
        }
        return try committed(run)
    }

    private func disturbed(
        _ proof: inout Proof,
        _ random: inout SplitMix64
    ) throws(WeirError) {
        proof.runs += 1
        let run = proof.runs
        let job = try submit("\(run)")
        for _ in 0..<min(Self.killsOfRun, kills - proof.kills.count) {
            guard try runs(job) else { break }
            let begin = cluster.now
            let share = Double(random.next() % 1000) / 1000
            cluster.wait(seconds: share * 0.8 * Double(proof.nanoseconds) / 1e9)
            guard try runs(job) else { break }
            let victim = victims[Int(random.next() % UInt64(victims.count))]
            let candidates = try victim.candidates(cluster)
            let checkpoint = try cluster.newestCheckpoint(job)
            let process = candidates[Int(random.next() % UInt64(candidates.count))]
            let moment = try cluster.kill(process)
            proof.kills.append(
                Kill(
                    run: run,
                    victim: victim,
                    afterNanoseconds: moment - begin,
                    checkpoint: checkpoint
                )
            )
        }
        let state = try end(of: job)
        let difference = try committed("\(run)").difference(from: proof.expected)
        if state != "FINISHED" {
            let failure = try cluster.client.failure(of: job)
            proof.wrong.append((run, "the job is \(state): \(failure?.message ?? "")", difference))
        } else if !difference.isNone {
            proof.wrong.append((run, difference.examples.joined(separator: "; "), difference))
        }
    }

    /// Waits until all tasks of a job run; false if it has ended.
    private func runs(_ job: JobID) throws(WeirError) -> Bool {
        var state = ""
        try cluster.until("job \(job) runs") { () throws(WeirError) in
            state = try cluster.client.state(job)
            return state == "RUNNING" || ClusterClient.isTerminal(state)
        }
        return state == "RUNNING"
    }

    private func end(of job: JobID) throws(WeirError) -> String {
        var state = ""
        try cluster.until("job \(job) has ended") { () throws(WeirError) in
            state = try cluster.client.state(job)
            return ClusterClient.isTerminal(state)
        }
        return state
    }
}

import ArgumentParser
import WeirCore
import WeirTesting

/// Runs seeds of the simulator's campaign in this process; `simulator_campaign.py` runs several of these.
@main
struct SimulatorCampaign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulator-campaign",
        abstract: "Runs whole clusters in the simulator, under faults, and judges their output."
    )

    @Option(help: "Seeds to run.")
    var seeds: UInt64 = 100

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Option(help: "Stop after so many seeds that fail.")
    var failures = 10

    @Flag(help: "Print each effect of the simulation.")
    var trace = false

    @Flag(help: "Print what is run before it is run.")
    var plans = false

    @Option(help: "A fault that is put into the engine; only in builds with the trait Sabotage.")
    var sabotage: String?

    @Flag(help: "List the transitions of the control plane's machines; needs the trait Sabotage.")
    var transitions = false

    @Flag(help: "List the faults that can be put into the engine; needs the trait Sabotage.")
    var faults = false

    @Flag(help: "Print the trace hash of each seed.")
    var hashes = false

    @Flag(help: "Two job managers: one leads, and is frozen for longer than its lease, or killed.")
    var leaders = false

    @Flag(help: "Whether job managers die and the power fails; without, in each third seed or so.")
    var jobManager: JobManagerDeaths?

    private var kinds: FaultSchedule.Kinds? { leaders ? [.leaders, .kills] : jobManager?.kinds }

    func run() throws {
        if transitions || faults { return list() }
        try chooseSabotage()
        if trace || plans {
            for number in seed..<seed + seeds { replay(number) }
            return
        }
        var failed = 0
        let summary = Campaign(seeds: seed..<seed + seeds, kinds: kinds).run {
            if hashes { print("HASH \($0.seed) \(String($0.traceHash, radix: 16))") }
        } onFailure: { failure in
            failed += 1
            print("FAILED \(failure.plan)")
            for violation in failure.result.violations { print("  ! \(violation)") }
            print("  again: simulator-campaign --seed \(failure.plan.seed) --seeds 1 --trace")
            return failed < failures
        }
        print("SUMMARY \(Self.json(summary))")
        printTransitions()
        if summary.failed > 0 { throw ExitCode(1) }
    }

    private func replay(_ number: UInt64) {
        let plan = CampaignPlan(seed: number, kinds: kinds)
        print(plan)
        let run = trace ? CampaignRun(plan) { print($0) } : CampaignRun(plan)
        let result = run.run()
        for notice in result.notices { print("  - \(notice)") }
        for violation in result.violations { print("  ! \(violation)") }
        print(
            "  trace \(String(result.traceHash, radix: 16)), \(result.checkpoints) checkpoints, "
                + "\(result.restarts) restarts, \(result.rows) rows, "
                + "\(result.nanoseconds / 1_000_000) ms"
        )
    }

    private func chooseSabotage() throws {
        guard let sabotage else { return }
        #if Sabotage
        guard Sabotage.choose(sabotage) else {
            throw ValidationError(
                "There is no fault \(sabotage); there are "
                    + Sabotage.allCases.map(\.rawValue).joined(separator: ", ")
            )
        }
        #else
        throw ValidationError("This program was built without the trait Sabotage.")
        #endif
    }

    private func list() {
        #if Sabotage
        // Only where there are several job managers is there one that has lost its lease.
        let possible = Sabotage.allCases.filter { leaders == ($0 == .leaderFenceOff) }
        if faults { for fault in possible { print(fault.rawValue) } }
        for table in transitions ? MachineTransitions.tables : [] {
            for state in table.states {
                for event in table.events {
                    let reason = table.unreachable["\(state) \(event)"] ?? ""
                    print("\(table.machine) \(state) \(event) \(reason)")
                }
            }
        }
        #endif
    }

    private func printTransitions() {
        #if Sabotage
        for (name, count) in TransitionCoverage.counts.sorted(by: { $0.key < $1.key }) {
            print("TRANSITION \(name) \(count)")
        }
        #endif
    }

    private static func json(_ summary: Campaign.Summary) -> String {
        let figures: [(String, String)] = [
            ("seeds", "\(summary.seeds)"),
            ("failed", "\(summary.failed)"),
            ("checkpoints", "\(summary.checkpoints)"),
            ("fewestCheckpoints", "\(summary.fewestCheckpoints)"),
            ("faults", "\(summary.faults)"),
            ("fewestFaults", "\(summary.fewestFaults)"),
            ("restarts", "\(summary.restarts)"),
            ("replayedMessages", "\(summary.replayedMessages)"),
            ("rows", "\(summary.rows)"),
            ("virtualSeconds", "\(summary.nanoseconds / 1_000_000_000)"),
            ("traceHash", "\"\(String(summary.traceHash, radix: 16))\""),
        ]
        return "{" + figures.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
    }
}

/// Whether seeds may let job managers die.
enum JobManagerDeaths: String, EnumerableFlag {
    case withJobManager
    case withoutJobManager

    var kinds: FaultSchedule.Kinds {
        switch self {
        case .withJobManager: .all
        case .withoutJobManager: .withLivingJobManager
        }
    }
}

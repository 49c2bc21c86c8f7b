import CFuzz
import WeirCore

/// `WeirFuzz [--list] [--decoder NAME] [--seed S] [--from N] [--inputs K] [--replay N] [--ports N]`: gives
/// inputs to one decoder, or to each of them, and prints a line for each; or makes hostile connections.
///
/// Ends with 1 if something was wrong. A crash says which input it was; `--replay` runs that one.
@main
enum Command {
    static let targets =
        DataTargets.all + TransportTargets.all + ControlTargets.all + PlanTargets.all
        + SnapshotTargets.all + ConnectorTargets.all + TextTargets.all + RESTTargets.all

    static func main() {
        var options = Options()
        guard options.read(Array(CommandLine.arguments.dropFirst())) else {
            Report.say(
                "The options are --list, --decoder, --seed, --from, --inputs, --replay and --ports."
            )
            Report.exit(2)
        }
        if options.isList {
            for target in targets { Report.say(target.name) }
            return
        }
        if let connections = options.ports { attackPorts(connections, seed: options.seed) }
        let chosen = targets.filter { options.decoder == nil || options.decoder == $0.name }
        guard !chosen.isEmpty else {
            Report.say("There is no decoder \(options.decoder ?? ""); --list names them.")
            Report.exit(2)
        }
        fuzz_install(60)
        var isClean = true
        for target in chosen where !run(target, options) { isClean = false }
        Report.exit(isClean ? 0 : 1)
    }

    private static func attackPorts(_ connections: Int, seed: UInt64) -> Never {
        do throws(WeirError) {
            let holds = try PortAttack(seed: seed).run(connections: connections)
            Report.exit(holds ? 0 : 1)
        } catch {
            Report.say("\(error)")
            Report.exit(1)
        }
    }

    /// Runs one decoder; whether nothing was wrong.
    private static func run(_ target: Target, _ options: Options) -> Bool {
        let start = Report.now
        let fuzzer = Fuzzer(target, seed: options.seed)
        let numbers = options.replay.map { $0..<($0 + 1) } ?? options.numbers
        let result = fuzzer.run(numbers, isVerbose: options.replay != nil)
        let seconds = Double(Report.now - start) / 1e9
        let rate = Int(Double(result.inputs) / max(seconds, 1e-6))
        Report.say(
            "\(target.name): \(result.inputs) inputs, \(result.accepted) accepted, "
                + "\(result.refused) refused, \(result.findings.count) wrong, "
                + "most memory \(max(0, result.mostBytes) >> 10) KiB + 64 bytes a byte, "
                + "\(rate) inputs/s"
        )
        for finding in result.findings.prefix(10) {
            Report.say(
                "  wrong: --decoder \(target.name) --seed \(options.seed) --replay \(finding.input): "
                    + finding.what.prefix(2000)
            )
        }
        return result.findings.isEmpty
    }
}

/// The command line.
private struct Options {
    var decoder: String?
    var seed: UInt64 = 1
    var from: UInt64 = 0
    var inputs: UInt64 = 10_000
    var replay: UInt64?
    var ports: Int?
    var isList = false

    var numbers: Range<UInt64> { from..<(from + inputs) }

    /// Reads arguments; false if one is none.
    mutating func read(_ arguments: [String]) -> Bool {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if name == "--list" {
                isList = true
                continue
            }
            guard let text = rest.popFirst() else { return false }
            if name == "--decoder" {
                decoder = text
                continue
            }
            guard let number = UInt64(text), number < 1 << 48 else { return false }
            switch name {
            case "--seed": seed = number
            case "--from": from = number
            case "--inputs": inputs = number
            case "--replay": replay = number
            case "--ports": ports = Int(number)
            default: return false
            }
        }
        return true
    }
}

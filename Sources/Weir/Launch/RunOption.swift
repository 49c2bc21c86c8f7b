import WeirCore

/// One option of `weir run`: a row of the table that parsing and help are made from.
public struct RunOption: Sendable {
    /// The name with its dashes.
    public let flag: String
    /// What stands for its value in help; nil if it takes none.
    public let valueName: String?
    /// What it does.
    public let meaning: String
    /// The setting that it stands for, if it does.
    let key: String?
    /// Whether it may be given more than once.
    let isRepeatable: Bool
    /// Puts the value (empty for an option without one) into the options.
    ///
    /// False if the value is none.
    let apply: @Sendable (String, inout RunOptions) -> Bool

    /// All options, in the order of the help.
    public static let all: [RunOption] = [
        .setting(
            "--parallelism",
            "N",
            "parallelism.default",
            "Parallel instances of each operator."
        ),
        .value("--data", "DIR", "Directory of the job: checkpoints and state. Resumes from it.") {
            $1.dataDirectory = $0
        },
        .setting(
            "--checkpoint-interval",
            "1s",
            "execution.checkpointing.interval",
            "Time from one checkpoint to the next."
        ),
        .value(
            "--from",
            "SNAPSHOT",
            "Starts from this snapshot; if DIR has whole checkpoints, only to go back to one of them."
        ) { $1.snapshot = $0 },
        .flag("--fresh", "Starts without state; DIR's checkpoints go when it has one of its own.") {
            $0.isFresh = true
        },
        .value(
            "--drop-state",
            "NAME",
            "Gives up state that the job has no operator for, or that has changed; what fits stays.",
            isRepeatable: true
        ) {
            $1.droppedStates.append($0)
        },
        .setting(
            "--memory",
            "4g",
            "taskmanager.memory.process.size",
            "Memory that the process takes at most, beside what it had at its start."
        ),
        .value("--name", "NAME", "The job's name, for messages.") { $1.name = $0 },
        .init(
            flag: "--output",
            valueName: "table|json|csv",
            meaning: "How results are printed; a table on a terminal, JSON else.",
            key: nil,
            isRepeatable: false,
            apply: { text, options in
                guard let format = OutputFormat(rawValue: text) else { return false }
                options.outputFormat = format
                return true
            }
        ),
        .init(
            flag: "-D",
            valueName: "key=value",
            meaning: "A setting; see `weir config`.",
            key: nil,
            isRepeatable: true,
            apply: { _, _ in true }
        ),
        .flag("--help", "Shows this text.") { $0.wantsHelp = true },
    ]

    /// An option that stands for a setting.
    private static func setting(
        _ flag: String,
        _ valueName: String,
        _ key: String,
        _ meaning: String
    ) -> RunOption {
        RunOption(
            flag: flag,
            valueName: valueName,
            meaning: meaning + " Setting: \(key).",
            key: key,
            isRepeatable: false,
            apply: { _, _ in true }
        )
    }

    /// An option with a text that must not be empty.
    private static func value(
        _ flag: String,
        _ valueName: String,
        _ meaning: String,
        isRepeatable: Bool = false,
        _ apply: @escaping @Sendable (String, inout RunOptions) -> Void
    ) -> RunOption {
        RunOption(
            flag: flag,
            valueName: valueName,
            meaning: meaning,
            key: nil,
            isRepeatable: isRepeatable,
            apply: { text, options in
                guard !text.isEmpty else { return false }
                apply(text, &options)
                return true
            }
        )
    }

    /// An option without a value.
    private static func flag(
        _ flag: String,
        _ meaning: String,
        _ apply: @escaping @Sendable (inout RunOptions) -> Void
    ) -> RunOption {
        RunOption(
            flag: flag,
            valueName: nil,
            meaning: meaning,
            key: nil,
            isRepeatable: true,
            apply: { _, options in
                apply(&options)
                return true
            }
        )
    }

    /// What a run's exit codes mean, for the help.
    public static let exitCodeHelp = """
        Exit codes: 0 the job finished, or stopped on request and goes on when started again; 1 it \
        failed; 2 wrong usage or configuration; 3 refused, since results or state would be wrong; 130 \
        a second interrupt ended it at once.
        """

    /// The lines of the help, one an option.
    public static var help: String {
        let heads = all.map { $0.flag + ($0.valueName.map { " " + $0 } ?? "") }
        let width = heads.map(\.count).max() ?? 0
        return zip(heads, all).map { head, option in
            "  " + head + String(repeating: " ", count: width - head.count + 2) + option.meaning
        }.joined(separator: "\n")
    }
}

import WeirCore

/// What `weir run JOB …` and a job's own executable take on their command line.
///
/// `weir run` passes its options through to the executable, so both read the same table
/// (`RunOption`), and a job behaves the same however it is started.
public struct RunOptions: Sendable, Equatable {
    /// The job's directory: checkpoints, locks, images; nil: nothing is kept.
    public var dataDirectory: String?
    /// A snapshot to start from instead of the newest one of the directory.
    public var snapshot: String?
    /// Whether to begin anew although the directory holds checkpoints.
    public var isFresh = false
    /// Names of operators whose state in the snapshot is given up.
    public var droppedStates: [String] = []
    /// The job's name, for messages.
    public var name: String?
    /// How the summary and other data are printed; nil: by where they go.
    public var outputFormat: OutputFormat?
    /// Whether only the options' description is wanted.
    public var wantsHelp = false
    /// Settings from `-D` and from options that stand for a setting, in their order of rank.
    public var definitions: [Definition] = []
    /// What follows `--`: the job's own arguments.
    public var jobArguments: [String] = []
    /// Whether the job's own arguments ask for help, which is the same text.
    public var asksJobForHelp: Bool {
        jobArguments.contains("--help") || jobArguments == ["-h"]
    }
    /// Flags seen, to refuse one that is given twice.
    var given: Set<String> = []

    /// A setting given on the command line.
    public struct Definition: Sendable, Equatable {
        /// The setting's key.
        public let key: String
        /// Its value as written.
        public let text: String
        /// Where: `argument 3 (--parallelism)`.
        public let position: String
        /// Whether an option of the verb gave it, which wins over `-D`.
        public let isVerbOption: Bool

        /// A setting that was given.
        package init(key: String, text: String, position: String, isVerbOption: Bool) {
            self.key = key
            self.text = text
            self.position = position
            self.isVerbOption = isVerbOption
        }
    }

    /// No options.
    public init() {}

    /// Reads a command line, without the program's name.
    ///
    /// - Parameters:
    ///   - arguments: The command line.
    ///   - program: How it begins, for messages: `weir run ./flights`.
    ///   - jobFlags: Flags of the job that are known, for messages.
    /// - Returns: What it says.
    /// - Throws: `usage`, `unknownKey` or `badValue`, with the number of the argument.
    public static func parse(
        _ arguments: [String],
        program: String = "JOB",
        jobFlags: Set<String> = []
    ) throws(WeirError) -> RunOptions {
        var options = RunOptions()
        var reader = ArgumentReader(arguments)
        while let argument = reader.next() {
            if argument.text == "--" {
                options.jobArguments = reader.rest()
                break
            }
            guard let (option, attached) = RunOption.match(argument) else {
                throw UnknownArgument(
                    argument: argument,
                    arguments: arguments,
                    program: program,
                    jobFlags: jobFlags
                ).error
            }
            try option.read(argument, attached, from: &reader, into: &options)
        }
        try options.check()
        return options
    }

    /// Settings after all layers: defaults, the file, the environment, `-D`, options.
    ///
    /// - Throws: `unknownKey` or `badValue` with the place; `fileFailed`.
    public func resolveSettings(
        world: any World,
        file: String = "weir.yaml"
    ) throws(WeirError) -> ResolvedSettings {
        var resolved = ResolvedSettings()
        try resolved.readFile(file, files: world.files)
        try resolved.readEnvironment(world.processes.environment(prefix: "WEIR_"))
        for definition in definitions where !definition.isVerbOption {
            try resolved.set(definition.key, definition.text, position: definition.position)
        }
        for definition in definitions where definition.isVerbOption {
            try resolved.set(definition.key, definition.text, position: definition.position)
        }
        try resolved.checkTogether()
        return resolved
    }

    /// What does not fit together.
    private func check() throws(WeirError) {
        if isFresh, snapshot != nil {
            throw WeirError(
                .usage,
                "--fresh and --from contradict each other.",
                reason: "--fresh starts without state, --from starts with a snapshot's.",
                fix: "Leave one of them out."
            )
        }
        if isFresh, !droppedStates.isEmpty {
            throw WeirError(
                .usage,
                "--fresh and --drop-state contradict each other.",
                reason: "A fresh start has no state that could be dropped.",
                fix: "Leave one of them out."
            )
        }
    }
}

import WeirCore

/// An argument before `--` that is no option of a run: what to say about it.
struct UnknownArgument {
    /// The most changes that make a known option of it, for a suggestion.
    private static let suggestionDistance = 2

    let argument: ArgumentReader.Argument
    /// The whole command line, without the program.
    let arguments: [String]
    /// How the command line begins: `weir run ./flights`, or the job's name.
    let program: String
    /// The job's own flags, as far as they are known.
    let jobFlags: Set<String>

    /// The name, without a value that is attached to it.
    private var name: String {
        argument.text.hasPrefix("-")
            ? String(argument.text.prefix { $0 != "=" }) : argument.text
    }

    /// The error: with a suggestion if a known option is near, else with the command line as it
    /// would be right if the argument is the job's.
    var error: WeirError {
        let isOption = name.hasPrefix("-")
        var message = isOption ? "There is no option \(name)." : "'\(name)' is not an option."
        var fix = "Arguments of the job come after `--`: \(corrected)"
        if jobFlags.contains(name) {
            message = "\(name) is an argument of the job, not an option of the run."
        } else if isOption,
            let nearest = NearestName.find(
                name,
                among: RunOption.all.map(\.flag),
                within: Self.suggestionDistance
            )
        {
            fix = "Did you mean \(nearest)? See --help; arguments of the job come after `--`."
        }
        return WeirError(.usage, message, position: argument.position, fix: fix)
    }

    /// The command line with all that is no option behind `--`.
    private var corrected: String {
        var own: [String] = []
        var ofJob: [String] = []
        var reader = ArgumentReader(arguments)
        while let next = reader.next() {
            if next.text == "--" {
                ofJob += reader.rest()
            } else if let (option, attached) = RunOption.match(next) {
                own.append(next.text)
                guard option.valueName != nil, attached == nil else { continue }
                if let value = reader.next() { own.append(value.text) }
            } else {
                ofJob.append(next.text)
            }
        }
        return ([program] + (own + ["--"] + ofJob).map(quoted)).joined(separator: " ")
    }

    /// As a shell takes it.
    private func quoted(_ text: String) -> String {
        text.contains { $0.isWhitespace || "'\"$`\\*?;&|<>()".contains($0) } ? "'\(text)'" : text
    }
}

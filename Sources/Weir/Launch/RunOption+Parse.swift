import WeirCore

extension RunOption {
    /// The option that an argument names, and the value attached to it (`--data=DIR`, `-Dk=v`); nil
    /// if there is none.
    static func match(
        _ argument: ArgumentReader.Argument
    ) -> (option: RunOption, attached: String?)? {
        var name = argument.text
        var attached: String?
        if name.hasPrefix("-D"), name.count > 2 {
            attached = String(name.dropFirst(2))
            name = "-D"
        } else if name.hasPrefix("--"), let equals = name.firstIndex(of: "=") {
            attached = String(name[name.index(after: equals)...])
            name = String(name[..<equals])
        } else if name == "-h" {
            name = "--help"
        }
        return all.first { $0.flag == name }.map { ($0, attached) }
    }

    /// Takes the option's value, attached or from the next argument, into `options`.
    ///
    /// - Throws: `usage` if the value is missing, superfluous or repeated, `badValue` and
    ///   `unknownKey` for settings.
    func read(
        _ argument: ArgumentReader.Argument,
        _ attached: String?,
        from reader: inout ArgumentReader,
        into options: inout RunOptions
    ) throws(WeirError) {
        let value = try value(argument, attached, from: &reader)
        if !isRepeatable { try refuseRepetition(argument, options) }
        if flag == "-D" {
            options.definitions.append(try Self.definition(value, argument))
        } else if let key {
            let definition = RunOptions.Definition(
                key: key,
                text: value,
                position: argument.position,
                isVerbOption: true
            )
            try Self.check(definition)
            options.definitions.append(definition)
        }
        guard apply(value, &options) else {
            throw WeirError(
                .badValue,
                "'\(value)' is not a value for \(flag).",
                position: argument.position,
                fix: "Write \(flag) \(valueName ?? "")."
            )
        }
        options.given.insert(flag)
    }

    private func value(
        _ argument: ArgumentReader.Argument,
        _ attached: String?,
        from reader: inout ArgumentReader
    ) throws(WeirError) -> String {
        guard let valueName else {
            guard attached == nil else {
                throw WeirError(
                    .usage,
                    "\(flag) takes no value.",
                    position: argument.position,
                    fix: "Write \(flag) alone."
                )
            }
            return ""
        }
        if let attached { return attached }
        guard let next = reader.next(), next.text != "--" else {
            throw WeirError(
                .usage,
                "\(flag) needs a value.",
                position: argument.position,
                fix: "Write \(flag) \(valueName)."
            )
        }
        return next.text
    }

    private func refuseRepetition(
        _ argument: ArgumentReader.Argument,
        _ options: RunOptions
    ) throws(WeirError) {
        guard options.given.contains(flag) else { return }
        throw WeirError(
            .usage,
            "\(flag) is given twice.",
            position: argument.position,
            fix: "Leave one of them out."
        )
    }

    private static func definition(
        _ text: String,
        _ argument: ArgumentReader.Argument
    ) throws(WeirError) -> RunOptions.Definition {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
            throw WeirError(
                .usage,
                "-D needs key=value, not '\(text)'.",
                position: argument.position,
                fix: "Write, for example, -D execution.checkpointing.interval=1s"
            )
        }
        let definition = RunOptions.Definition(
            key: String(text[..<equals]),
            text: String(text[text.index(after: equals)...]),
            position: "argument \(argument.number) (-D)",
            isVerbOption: false
        )
        try check(definition)
        return definition
    }

    /// Refuses an unknown key or a bad value at once, not only when settings are resolved.
    private static func check(_ definition: RunOptions.Definition) throws(WeirError) {
        var trial = ResolvedSettings()
        try trial.set(definition.key, definition.text, position: definition.position)
    }
}

import ArgumentParser
import Weir
import WeirCore

/// `weir config`: the settings and what they are here.
struct ConfigVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Lists all settings, or explains one.",
        discussion: """
            weir config
            weir config explain execution.checkpointing.interval

            A setting comes from, each before the next: -D key=value or an option, the \
            environment (WEIR_…), weir.yaml in the present directory, the default.
            """,
        subcommands: [ConfigListVerb.self, ConfigExplainVerb.self],
        defaultSubcommand: ConfigListVerb.self
    )
}

/// `weir config list`.
struct ConfigListVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists all settings with the values that they have here."
    )

    @OptionGroup var options: OutputOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let resolved = try RunOptions().resolveSettings(world: console.world)
        try console.print(
            Document(
                columns: ["key", "value", "default", "type", "from", "meaning"],
                rows: SettingCatalogue.all.map { setting in
                    [
                        .text(setting.key), .text(setting.show(resolved.settings)),
                        .text(setting.defaultText), .text(setting.type),
                        .text(resolved.origin(setting.key)), .text(setting.meaning),
                    ]
                }
            ),
            as: options.output
        )
        return 0
    }
}

/// `weir config explain KEY`.
struct ConfigExplainVerb: Verb {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explains a setting.",
        discussion: "weir config explain execution.checkpointing.interval"
    )

    @Argument(help: "The setting's key.")
    var key: String
    @OptionGroup var options: OutputOption

    func run(_ console: Console) throws(WeirError) -> Int32 {
        let setting = try SettingCatalogue.setting(key, position: "weir config explain")
        let resolved = try RunOptions().resolveSettings(world: console.world)
        try console.print(
            Document(facts: [
                ("key", .text(setting.key)), ("meaning", .text(setting.meaning)),
                ("type", .text(setting.type)), ("range", .text(setting.range)),
                ("default", .text(setting.defaultText)),
                ("value", .text(setting.show(resolved.settings))),
                ("from", .text(resolved.origin(setting.key))),
                ("environment", .text(setting.environmentName)),
            ]),
            as: options.output
        )
        return 0
    }
}

/// Settings after all layers, and where each came from.
///
/// Later layers win: defaults, `weir.yaml`, environment, `-D key=value`, options of the verb.
public struct ResolvedSettings: Sendable {
    /// The values.
    public private(set) var settings = JobSettings()
    /// Where a value comes from, by key; keys that have their default are missing.
    public private(set) var origins: [String: String] = [:]

    /// The defaults.
    public init() {}

    /// Where the value of a key comes from: `default`, `weir.yaml:3:1`, `environment WEIR_…`.
    public func origin(_ key: String) -> String { origins[key] ?? "default" }

    /// Sets a key from a text found at `position`.
    ///
    /// - Throws: `unknownKey` or `badValue`.
    public mutating func set(_ key: String, _ text: String, position: String) throws(WeirError) {
        let setting = try SettingCatalogue.setting(key, position: position)
        try setting.set(text, in: &settings, position: position)
        origins[key] = position
    }

    /// Takes the entries of a settings file, if there is one.
    ///
    /// - Throws: `unknownKey` or `badValue`; `fileFailed` if it cannot be read.
    public mutating func readFile(_ path: String, files: any FileSystem) throws(WeirError) {
        guard try files.status(path) != nil else { return }
        let text = String(decoding: try files.readAll(path, limit: 1 << 20), as: UTF8.self)
        for entry in try SettingsFile.parse(text, path: path) {
            try set(entry.key, entry.value, position: entry.position)
        }
    }

    /// Variables that are for the verbs of `weir` and no settings of jobs.
    private static let otherVariables: Set<String> = [
        "WEIR_JOBMANAGER", "WEIR_TOKEN", "WEIR_TOKEN_FILE",
    ]

    /// Takes what the environment sets: all its variables that begin with `WEIR_`.
    ///
    /// - Throws: `badValue`; `unknownKey` for a variable that is no setting.
    public mutating func readEnvironment(_ variables: [String: String]) throws(WeirError) {
        var others = Set(variables.keys).subtracting(ResolvedSettings.otherVariables)
        #if Sabotage
        others.remove("WEIR_SABOTAGE")
        #endif
        for setting in SettingCatalogue.all {
            guard let text = variables[setting.environmentName] else { continue }
            others.remove(setting.environmentName)
            try set(setting.key, text, position: "environment \(setting.environmentName)")
        }
        if let unknown = others.min() { throw ResolvedSettings.unknownVariable(unknown) }
    }

    private static func unknownVariable(_ name: String) -> WeirError {
        let known = SettingCatalogue.all.map { $0.environmentName.lowercased() }
        let nearest = NearestName.find(name, among: known)?.uppercased()
        return WeirError(
            .unknownKey,
            "There is no setting for the environment variable \(name).",
            position: "environment \(name)",
            reason: "A misspelt setting would silently have no effect.",
            fix: (nearest.map { "Did you mean \($0)? " } ?? "")
                + "Unset it if it is not for Weir; `weir config explain KEY` tells the variable of a "
                + "setting."
        )
    }

    /// Checks what one setting alone cannot: how they fit together.
    ///
    /// - Throws: `badValue`.
    public func checkTogether() throws(WeirError) {
        if settings.parallelism > settings.maxParallelism {
            throw WeirError(
                .badValue,
                "parallelism.default is \(settings.parallelism), more than "
                    + "pipeline.max-parallelism, \(settings.maxParallelism).",
                position: origin("parallelism.default"),
                reason: "Each parallel instance needs a key group.",
                fix: "Lower the first or, for a job without checkpoints, raise the second."
            )
        }
        if settings.initialBackoff > settings.maximumBackoff {
            throw WeirError(
                .badValue,
                "The first wait before a restart, \(settings.initialBackoff.text), is longer than "
                    + "the longest, \(settings.maximumBackoff.text).",
                position: origin("restart-strategy.exponential-delay.initial-backoff"),
                fix: "Raise restart-strategy.exponential-delay.max-backoff."
            )
        }
    }
}

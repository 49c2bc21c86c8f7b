import Testing
import WeirCore

@Suite("Settings")
struct SettingsTests {
    @Test("every default is a value of its own setting, in its printed form")
    func defaultsAreValid() throws {
        for setting in SettingCatalogue.all {
            var settings = JobSettings()
            try setting.set(setting.defaultText, in: &settings, position: "")
            #expect(settings == JobSettings(), "\(setting.key)")
        }
    }

    @Test("no key appears twice, and there are at most forty")
    func keysAreUnique() {
        let keys = SettingCatalogue.all.map(\.key)
        #expect(Set(keys).count == keys.count)
        #expect(Set(SettingCatalogue.all.map(\.environmentName)).count == keys.count)
        #expect(keys.count <= 40)
    }

    @Test("values of each type are read")
    func values() throws {
        var resolved = ResolvedSettings()
        try resolved.set("parallelism.default", "4", position: "here")
        try resolved.set("execution.checkpointing.interval", "250 ms", position: "here")
        try resolved.set("taskmanager.memory.process.size", "4g", position: "here")
        try resolved.set("pipeline.operator-chaining.enabled", "False", position: "here")
        try resolved.set("restart-strategy.type", "none", position: "here")
        try resolved.set(
            "restart-strategy.exponential-delay.backoff-multiplier",
            "1.5",
            position: "here"
        )
        #expect(resolved.settings.parallelism == 4)
        #expect(resolved.settings.checkpointInterval == .milliseconds(250))
        #expect(resolved.settings.memory.bytes == 4 << 30)
        #expect(!resolved.settings.isChainingEnabled)
        #expect(resolved.settings.restartStrategy == .none)
        #expect(resolved.settings.backoffMultiplier == 1.5)
        #expect(resolved.origin("parallelism.default") == "here")
        #expect(resolved.origin("execution.batch-capacity") == "default")
    }

    @Test(
        "a value of the wrong type or out of range is refused with its place",
        arguments: [
            ("parallelism.default", "0"), ("parallelism.default", "four"),
            ("parallelism.default", ""), ("parallelism.default", "99999999999999999999"),
            ("execution.checkpointing.interval", "1 fortnight"),
            ("execution.checkpointing.interval", "-1s"),
            ("execution.checkpointing.interval", "9223372036854775807d"),
            ("taskmanager.memory.process.size", "1k"),
            ("taskmanager.memory.process.size", "9223372036854775807g"),
            ("pipeline.operator-chaining.enabled", "yes"),
            ("restart-strategy.type", "sometimes"),
            ("restart-strategy.exponential-delay.backoff-multiplier", "nan"),
        ]
    )
    func badValues(key: String, text: String) {
        var resolved = ResolvedSettings()
        let error = #expect(throws: WeirError.self) {
            try resolved.set(key, text, position: "weir.yaml:3:1")
        }
        #expect(error?.code == .badValue)
        #expect(error?.position == "weir.yaml:3:1")
        #expect(error?.message.contains(key) == true)
        #expect(error?.reason.isEmpty == false)
        #expect(error?.fix.isEmpty == false)
        #expect(error?.exitCode == 2)
    }

    @Test(
        "a mistyped key is an error that names the right one",
        arguments: [
            ("paralelism.default", "parallelism.default"),
            ("parallelism.defualt", "parallelism.default"),
            ("parallelism", "parallelism.default"),
            ("pipeline.maxparallelism", "pipeline.max-parallelism"),
            ("pipeline.max-paralelism", "pipeline.max-parallelism"),
            ("pipeline.operator-chaining", "pipeline.operator-chaining.enabled"),
            ("pipeline.operator-chainning.enabled", "pipeline.operator-chaining.enabled"),
            ("execution.batch-capasity", "execution.batch-capacity"),
            ("execution.bufer-timeout", "execution.buffer-timeout"),
            ("execution.buffer.timeout", "execution.buffer-timeout"),
            ("execution.checkpointing.intervall", "execution.checkpointing.interval"),
            ("execution.checkpointing.intreval", "execution.checkpointing.interval"),
            ("execution.checkpoint.interval", "execution.checkpointing.interval"),
            ("execution.checkpointing.timout", "execution.checkpointing.timeout"),
            ("execution.checkpointing.minpause", "execution.checkpointing.min-pause"),
            ("state.checkpoint.num-retained", "state.checkpoints.num-retained"),
            ("state.checkpoints.num-retain", "state.checkpoints.num-retained"),
            ("taskmanager.memory.proces.size", "taskmanager.memory.process.size"),
            ("restart-strategy.typ", "restart-strategy.type"),
            ("restart-strategy", "restart-strategy.type"),
            ("restart-strategy.fixed-delay.attemts", "restart-strategy.fixed-delay.attempts"),
            ("EXECUTION.CHECKPOINTING.INTERVAL", "execution.checkpointing.interval"),
        ]
    )
    func unknownKeys(typed: String, meant: String) {
        var resolved = ResolvedSettings()
        let error = #expect(throws: WeirError.self) {
            try resolved.set(typed, "1", position: "argument 2 (-D)")
        }
        #expect(error?.code == .unknownKey)
        #expect(error?.position == "argument 2 (-D)")
        #expect(error?.fix.contains("Did you mean \(meant)?") == true, "\(error?.fix ?? "")")
    }

    @Test("a name like nothing known has no suggestion")
    func noSuggestion() {
        #expect(NearestName.find("zzzzzzzz", among: SettingCatalogue.all.map(\.key)) == nil)
    }

    @Test("the environment is read under the keys' upper-case names")
    func environment() throws {
        var resolved = ResolvedSettings()
        try resolved.readEnvironment(["WEIR_EXECUTION_BATCH_CAPACITY": "64"])
        #expect(resolved.settings.batchCapacity == 64)
        #expect(
            resolved.origin("execution.batch-capacity")
                == "environment WEIR_EXECUTION_BATCH_CAPACITY"
        )
    }

    @Test(
        "a variable of the environment that is no setting is refused, with the nearest one",
        arguments: [
            ("WEIR_EXECUTION_BATCH_CAPACTY", "Did you mean WEIR_EXECUTION_BATCH_CAPACITY?"),
            ("WEIR_X", "Unset it"),
        ]
    )
    func unknownVariable(name: String, fix: String) {
        var resolved = ResolvedSettings()
        let error = #expect(throws: WeirError.self) {
            try resolved.readEnvironment(["WEIR_PARALLELISM_DEFAULT": "2", name: "1"])
        }
        #expect(error?.code == .unknownKey)
        #expect(error?.position == "environment \(name)")
        #expect(error?.fix.contains(fix) == true, "\(error?.fix ?? "")")
    }

    @Test("settings that contradict each other are refused")
    func together() throws {
        var resolved = ResolvedSettings()
        try resolved.set("parallelism.default", "200", position: "argument 1 (--parallelism)")
        let error = #expect(throws: WeirError.self) { try resolved.checkTogether() }
        #expect(error?.code == .badValue)
        #expect(error?.position == "argument 1 (--parallelism)")
    }

    @Test(
        "durations are printed in the form that reads back as the same",
        arguments: [
            "0ms", "1ns", "20us", "500ms", "1s", "90s", "10min", "2h", "1d", "1500ms",
        ]
    )
    func durations(text: String) {
        #expect(Duration(text: text)?.text == text)
    }

    @Test(
        "byte counts are printed in the form that reads back as the same",
        arguments: ["0b", "100b", "64k", "1536m", "4g", "2t"]
    )
    func byteCounts(text: String) {
        #expect(ByteCount(text)?.description == text)
    }
}

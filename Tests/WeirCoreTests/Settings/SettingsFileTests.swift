import Testing
import WeirCore

@Suite("The settings file")
struct SettingsFileTests {
    @Test("lines of key and value, comments, quotes and blanks are read")
    func plain() throws {
        let text = """
            ---
            # The whole line.
            parallelism.default: 4   # the rest

            execution.checkpointing.interval: "1 s"
            state.checkpoints.num-retained:  5\r
            restart-strategy.type: 'none' # why
            """
        let entries = try SettingsFile.parse(text, path: "weir.yaml")
        #expect(
            entries.map(\.key) == [
                "parallelism.default", "execution.checkpointing.interval",
                "state.checkpoints.num-retained", "restart-strategy.type",
            ]
        )
        #expect(entries.map(\.value) == ["4", "1 s", "5", "none"])
        #expect(entries.map(\.position).first == "weir.yaml:3:1")
        #expect(entries.map(\.position).last == "weir.yaml:7:1")
    }

    @Test(
        "what is not flat is refused with its place",
        arguments: [
            ("execution:\n  checkpointing:\n", "f:1:1"),
            ("a.b: 1\n  c: 2\n", "f:2:3"),
            ("- a\n", "f:1:1"),
            ("parallelism.default = 4\n", "f:1:1"),
            ("parallelism.default:4\n", "f:1:1"),
            ("a: 1\na: 2\n", "f:2:1"),
        ]
    )
    func refused(text: String, position: String) {
        let error = #expect(throws: WeirError.self) {
            try SettingsFile.parse(text, path: "f")
        }
        #expect(error?.code == .badValue)
        #expect(error?.position == position)
        #expect(error?.fix.isEmpty == false)
    }
}

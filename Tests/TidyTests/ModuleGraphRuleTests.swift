import Testing

@Suite("The module graph rule can fail")
struct ModuleGraphRuleTests {
    private let manifest = """
        let modules: [(name: String, imports: [Target.Dependency])] = [
            ("WeirCore", []),
            (
                "WeirData",
                ["WeirCore", "CWeirIntrinsics", .product(name: "Histogram", package: "h")]
            ),
        ]
        let other = ["WeirGone"]

        """
    private let document = """
        | 0 | `WeirCore` | words | – |
        | 1 | `WeirData` | batches | `WeirCore`, `CWeirIntrinsics` |

        """

    private func violations(
        manifest: String? = nil,
        document: String? = nil,
        source: String = "",
        in target: String = ""
    ) -> [Violation] {
        ModuleGraphRule().violations(
            in: Repository([
                SourceFile(ModuleGraphRule.manifestPath, manifest ?? self.manifest),
                SourceFile(ModuleGraphRule.documentPath, document ?? self.document),
                SourceFile("Sources/\(target)/A.swift", source),
            ])
        )
    }

    @Test("a manifest and a document that agree pass")
    func agreement() { #expect(violations().isEmpty) }

    @Test("a module without a row in the document is found")
    func missingRow() {
        #expect(violations(document: "| 0 | `WeirCore` | words | – |\n").count == 1)
    }

    @Test("a row without a module in the manifest is found")
    func extraRow() {
        #expect(violations(document: document + "| 2 | `WeirSQL` | text | – |\n").count == 1)
    }

    @Test("a row with other imports is found")
    func differentRow() {
        let other = document.replacing("`WeirCore`, `CWeir", with: "`CWeir")
        #expect(violations(document: other).count == 1)
    }

    @Test("an import of a module above is found")
    func upwards() {
        let upwards = manifest.replacing(
            "(\"WeirCore\", [])",
            with: "(\"WeirCore\", [\"WeirData\"])"
        )
        let row = document.replacing("words | –", with: "words | `WeirData`")
        #expect(violations(manifest: upwards, document: row).count == 1)
    }

    @Test("a job manager that names state is found, even if the table allows it")
    func wall() {
        let wall = "let modules = [(\"WeirState\", []), (\"WeirJobManager\", [\"WeirState\"])]\n"
        let rows = "| 3 | `WeirState` | s | – |\n| 5 | `WeirJobManager` | m | `WeirState` |\n"
        #expect(violations(manifest: wall, document: rows).count == 1)
    }

    @Test("an import that the table does not list is found")
    func undeclaredImport() {
        #expect(violations(source: "import WeirData\n", in: "WeirCore").count == 1)
        #expect(violations(source: "import WeirCore\n", in: "WeirData").isEmpty)
    }
}

import Testing

/// The house rules, applied to this repository.
@Suite("The repository keeps its rules")
struct TidyTests {
    static let rules: [any Rule] = [
        BannedCallRule(), DocumentationPathRule(), ErrorCodeRule(), FileLengthRule(),
        FunctionLengthRule(), ModuleGraphRule(), TestNameRule(), TextRule(), TrackedFileRule(),
        UnsafeListRule(),
    ]

    /// How many violations of one rule a failure prints.
    private static let shownViolations = 30

    @Test("no file breaks a house rule", arguments: rules.map(\.name))
    func ruleHolds(name: String) throws {
        let rule = try #require(Self.rules.first { $0.name == name })
        let repository = Repository.current
        let left = ExceptionList(repository)
            .apply(to: rule.violations(in: repository), of: rule.name)
        let shown = left.prefix(Self.shownViolations).map(\.description)
        let rest = left.count - shown.count
        let report = shown + (rest > 0 ? ["and \(rest) more."] : [])
        #expect(left.count == 0, "\(report.joined(separator: "\n"))")
    }

    @Test("every exception names a rule that exists")
    func exceptionsAreKnown() {
        let unknown = ExceptionList(.current).unknownRules(known: Self.rules.map(\.name))
        #expect(unknown.isEmpty, "\(unknown)")
    }

    @Test("the rules read a repository, not an empty folder")
    func repositoryIsRead() throws {
        let repository = Repository.current
        #expect(repository.files.count > 50)
        #expect(repository.file("Sources/WeirCore/World/World.swift") != nil)
        let manifest = try #require(repository.file(ModuleGraphRule.manifestPath))
        #expect(ModuleGraphRule.graph(in: manifest).count > 10)
    }
}

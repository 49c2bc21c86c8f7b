import Testing

/// Each rule is seen to fail on a bad sample and to pass on the good one beside it.
@Suite("Each house rule can fail")
struct RuleSampleTests {
    private func violations(_ rule: any Rule, _ files: SourceFile...) -> [String] {
        rule.violations(in: Repository(files)).map(\.description)
    }

    private func source(_ text: String, in target: String = "WeirCore") -> SourceFile {
        SourceFile("Sources/\(target)/Sample.swift", text)
    }

    @Test("a file of 501 lines is too long, one of 500 is not")
    func fileLength() {
        let long = source(String(repeating: "x\n", count: 501))
        let fit = source(String(repeating: "x\n", count: 500))
        #expect(violations(FileLengthRule(), long).count == 1)
        #expect(violations(FileLengthRule(), fit).isEmpty)
    }

    @Test("a line of 111 characters is too long, unless it holds a link")
    func lineLength() {
        let long = String(repeating: "é", count: 111) + "\n"
        #expect(violations(FileLengthRule(), source(long)).count == 1)
        #expect(violations(FileLengthRule(), source(String(long.dropFirst()))).isEmpty)
        #expect(violations(FileLengthRule(), source("// https://a.b/" + long)).isEmpty)
    }

    @Test("a function of 71 lines is too long and is named")
    func functionLength() {
        let body = String(repeating: "    x()\n", count: 69)
        let long = source("func f(a: () -> Int = { 1 }) {\n" + body + "}\n")
        let fit = source("init() {\n" + body.dropLast(8) + "}\n")
        #expect(
            violations(FunctionLengthRule(), long).first?.hasPrefix("\(long.path):f:1:") == true
        )
        #expect(violations(FunctionLengthRule(), fit).isEmpty)
    }

    @Test("a requirement of a protocol has no length")
    func requirementLength() {
        let text =
            "protocol P {\n    func f(a: Int) -> Int\n    init()\n    var x: Int { get }\n}\n"
        #expect(FunctionLengthRule.functions(in: source(text).tokens).isEmpty)
    }

    @Test("each banned call is found", arguments: BannedCallRule.bans.map { $0.tokens.joined() })
    func bannedCalls(call: String) {
        let spelled = call.hasPrefix("import") ? "import " + call.dropFirst(6) : call
        let text = spelled.hasPrefix(".") ? "let x = Int" + spelled + "\n" : spelled + "\n"
        #expect(violations(BannedCallRule(), source(text)).count == 1, "\(text)")
    }

    @Test("a banned name in a comment, a string or a declaration is no call")
    func bannedNamesInText() {
        let text = """
            // print(1) and Date()
            let a = "print(1) and Date()"
            func print(_ x: Int) {}
            let b = log.print(1)
            let c = run(name: ThreadHost.self)
            let d = Int.random(in: 0..<9, using: &seeded)
            let e = try !isFull()

            """
        #expect(violations(BannedCallRule(), source(text)).isEmpty)
    }

    @Test("a banned call inside an interpolation or over two lines is found")
    func hiddenBannedCalls() {
        let text = "let a = \"\\(Int\n    .random(in: 0..<2))\"\n"
        #expect(violations(BannedCallRule(), source(text)).count == 1)
    }

    @Test("a call is allowed where its substitute is built")
    func allowedCalls() {
        #expect(violations(BannedCallRule(), source("import Glibc\n", in: "WeirSystem")).isEmpty)
        let test = SourceFile("Tests/WeirCoreTests/A.swift", "print(\"seed 7\")\n")
        #expect(violations(BannedCallRule(), test).isEmpty)
    }

    @Test("a fatalError needs a sentence")
    func vagueStops() {
        #expect(violations(BannedCallRule(), source("fatalError(\"bad\")\n")).count == 1)
        let good = source("fatalError(\"The ring was closed twice.\")\n")
        #expect(violations(BannedCallRule(), good).isEmpty)
    }

    @Test("an unsafe construct outside of the list is found")
    func unsafeOutsideOfList() {
        let file = source("final class A: @unchecked Sendable {}\n")
        #expect(violations(UnsafeListRule(), file).count == 1)
        #expect(violations(UnsafeListRule(), source("let a: UnsafeRawPointer\n")).count == 1)
        #expect(violations(UnsafeListRule(), source("nonisolated(unsafe) var a = 1\n")).count == 1)
    }

    @Test("a listed file needs a SAFETY comment above each promise")
    func unsafeWithoutReason() {
        let list = SourceFile(UnsafeListRule.listPath, "Sources/WeirCore/Sample.swift\n")
        let promise = "final class A: @unchecked Sendable {}\n"
        let reason = "// SAFETY: immutable after init.\n"
        #expect(violations(UnsafeListRule(), source(promise), list).count == 1)
        #expect(violations(UnsafeListRule(), source(reason + promise), list).isEmpty)
        let far = reason + String(repeating: "\n", count: 20) + promise
        #expect(violations(UnsafeListRule(), source(far), list).count == 1)
    }

    @Test("a listed file that is safe again leaves the list")
    func staleUnsafeList() {
        let list = SourceFile(UnsafeListRule.listPath, "# files\nSources/WeirCore/Sample.swift\n")
        #expect(violations(UnsafeListRule(), source("let a = 1\n"), list).count == 1)
    }

    @Test("notes to self, control characters, machine paths and trailing blanks are found")
    func texts() {
        let samples = [
            "// TO" + "DO later\n", "// FIX" + "ME\n", "a\tb\n", "a\r\n", "a\u{1}\n", "a \n",
            "let p = \"/ho" + "me/me/x\"\n", "no end",
        ]
        for sample in samples {
            #expect(violations(TextRule(), source(sample)).count == 1, "\(sample)")
        }
        #expect(
            violations(TextRule(), source("let network = \"a/b\" // méthode TODOLIST\n")).isEmpty
        )
    }

    @Test("build output under version control is found")
    func trackedFiles() {
        let tracked = [".build/x.swift", "a/Package.resolved", "lib.o", "Sources/A/Core.swift"]
        let repository = Repository([], trackedPaths: tracked)
        let found = TrackedFileRule().violations(in: repository)
        #expect(found.map(\.subject) == [".build/x.swift", "a/Package.resolved", "lib.o"])
    }

    @Test("a test without a sentence is found")
    func testNames() {
        func violations(_ text: String) -> Int {
            self.violations(TestNameRule(), SourceFile("Tests/ATests/A.swift", text)).count
        }
        #expect(violations("@Test func a() {}\n") == 1)
        #expect(violations("@Test(arguments: [1]) func a(x: Int) {}\n") == 1)
        #expect(violations("@Test(\"filter\") func a() {}\n") == 1)
        #expect(violations("@Test(\n    \"a filter keeps order\") func a() {}\n") == 0)
    }

    @Test("an error code needs a test, and a provoked one leaves the list")
    func errorCodes() {
        let catalogue = SourceFile(
            ErrorCodeRule.cataloguePath,
            "static let diskFull = ErrorCode(\"WR-1\", .retry)\n"
        )
        let test = SourceFile("Tests/ATests/A.swift", "#expect(error.code == .diskFull)\n")
        let list = SourceFile(ErrorCodeRule.listPath, "diskFull\n")
        #expect(violations(ErrorCodeRule(), catalogue).count == 1)
        #expect(violations(ErrorCodeRule(), catalogue, test).isEmpty)
        #expect(violations(ErrorCodeRule(), catalogue, list).isEmpty)
        #expect(violations(ErrorCodeRule(), catalogue, test, list).count == 1)
    }

    @Test("an error id given twice is found")
    func repeatedErrorIds() {
        let catalogue = SourceFile(
            ErrorCodeRule.cataloguePath,
            "let a = ErrorCode(\"WR-1\", .retry)\nlet b = ErrorCode(\"WR-1\", .bug)\n"
        )
        let test = SourceFile("Tests/ATests/A.swift", "x(.a, .b)\n")
        #expect(violations(ErrorCodeRule(), catalogue, test).count == 1)
    }

    @Test("a document that names a missing path is found")
    func documentationPaths() {
        func violations(_ text: String) -> Int {
            let document = SourceFile("docs/a.md", text)
            let script = SourceFile("deploy/test", "")
            return self.violations(DocumentationPathRule(), document, script, source("")).count
        }
        #expect(violations("See `Sources/WeirCore/Gone.swift`.\n") == 1)
        #expect(violations("See `WeirCore/Gone.swift:12`.\n") == 1)
        #expect(violations("See [there](gone.md#part).\n") == 1)
        #expect(violations("`WeirCore/Sample.swift`, `deploy/test --all`, [b](a.md)\n") == 0)
    }

    @Test("an exception needs a reason and ends with its violation")
    func exceptions() {
        func left(_ line: String, _ violations: [Violation]) -> Int {
            let list = ExceptionList(Repository([SourceFile(ExceptionList.path, line)]))
            return list.apply(to: violations, of: "text").count
        }
        let violation = Violation(subject: "a.swift", line: 1, message: "bad")
        #expect(left("", [violation]) == 1)
        #expect(left("text a.swift read by a tool\n", [violation]) == 0)
        #expect(left("text a.swift\n", [violation]) == 1)
        #expect(left("text a.swift read by a tool\n", []) == 1)
    }
}

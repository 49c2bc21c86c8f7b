import Testing

@Suite("The lexer of the house rules")
struct LexerTests {
    private func kinds(_ text: String) -> [String] {
        Lexer.tokens(of: text).map { "\($0.kind) \($0.text)" }
    }

    @Test("comments nest and end with their line")
    func comments() {
        #expect(kinds("a // b\nc") == ["word a", "comment // b", "word c"])
        #expect(kinds("/* x /* y */ z */ d") == ["comment /* x /* y */ z */", "word d"])
    }

    @Test("strings end at their own quote")
    func strings() {
        #expect(kinds(#""a\"b" c"#) == ["string a_b", "word c"])
        #expect(kinds("##\"a\"#b\"## c") == ["string a\"#b", "word c"])
        #expect(kinds("\"\"\"\na \"b\"\n\"\"\" c") == ["string \na \"b\"\n", "word c"])
    }

    @Test("code inside an interpolation is code")
    func interpolations() {
        #expect(
            kinds(#""a\(f("x(", (1)))b" c"#) == [
                "string a_b", "word f", "mark (", "string x(", "mark ,", "mark (", "word 1",
                "mark )", "mark )", "word c",
            ]
        )
    }

    @Test("lines are counted from one, also inside of strings")
    func lines() {
        #expect(Lexer.tokens(of: "a\n\"\"\"\nx\n\"\"\"\nb").map(\.line) == [1, 2, 5])
    }
}

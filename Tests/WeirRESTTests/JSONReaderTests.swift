import Testing
import WeirREST

/// JSON that clients send.
@Suite("JSON of requests")
struct JSONReaderTests {
    @Test(
        "what RFC 8259 allows is read",
        arguments: [
            "{}", " [ ] ", "\t{\"a\" : [1,-0.5e+3,0,1E-2] ,\r\n\"b\":{\"c\":null}}", "true", "\"\"",
            #""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#, "-0", "\"é😀\"",
            String(repeating: "[", count: 32) + String(repeating: "]", count: 32),
        ]
    )
    func allowed(_ text: String) {
        #expect(JSONReader.problem(in: Array(text.utf8)) == nil)
    }

    @Test(
        "what RFC 8259 does not allow is refused with the reason",
        arguments: [
            ("", "it ends where a value is expected."),
            ("{", "a name is expected."),
            ("{\"a\"", "a colon is expected."),
            ("{\"a\":", "it ends where a value is expected."),
            ("{\"a\":1,}", "a name is expected."),
            ("{\"a\":1,\"a\":2}", "the name \"a\" stands twice."),
            ("{'a':1}", "a name is expected."),
            ("[1,]", "a value is expected."),
            ("[1 2]", "a comma or a closing bracket is expected."),
            ("{\"a\":1 \"b\":2}", "a comma or a closing brace is expected."),
            ("01", "something follows the value."),
            ("+1", "a value is expected."),
            ("1.", "a digit is expected."),
            ("-", "a digit is expected."),
            ("1e", "a digit is expected."),
            ("NaN", "a value is expected."),
            ("nul", "a value is expected."),
            ("{} // x", "something follows the value."),
            ("\u{FEFF}{}", "a value is expected."),
            ("\"a", "it ends in a text."),
            ("\"\\", "it ends in a text."),
            ("\"\\q\"", "a backslash stands before something else than it may."),
            ("\"\\u12g4\"", "four hexadecimal digits are expected."),
            ("\"\\ud800\"", "half of a character stands alone."),
            ("\"\\udc00\"", "half of a character stands alone."),
            ("\"\\ud800\\u0041\"", "half of a character stands alone."),
            ("\"\n\"", "a control character stands in a text."),
            (
                String(repeating: "[", count: 100_000),
                "more than 32 values lie in each other."
            ),
        ]
    )
    func refused(_ text: String, _ reason: String) {
        #expect(JSONReader.problem(in: Array(text.utf8)) == reason)
    }

    @Test("bytes that are no text are refused")
    func notText() {
        #expect(JSONReader.problem(in: [34, 0xFF, 34]) == "the text is not UTF-8.")
        #expect(JSONReader.problem(in: [34, 0xC0, 0x80, 34]) == "the text is not UTF-8.")
    }
}

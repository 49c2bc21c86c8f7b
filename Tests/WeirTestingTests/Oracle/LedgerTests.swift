import Testing
import WeirTesting

@Suite("A ledger")
struct LedgerTests {
    @Test("is balanced for the same rows in another order")
    func balanced() {
        let ledger = Ledger(expected: [1, 2, 2, 3], actual: [3, 2, 1, 2])
        #expect(ledger.isBalanced)
        #expect(
            ledger.description
                == "4 rows expected, 4 found: 0 missing, 0 duplicate, 0 extra"
        )
    }

    @Test("tells missing, duplicate and extra rows apart")
    func errors() {
        let ledger = Ledger(expected: ["a", "b", "b", "c"], actual: ["a", "a", "b", "d"])
        #expect(!ledger.isBalanced)
        #expect(ledger.missing.map(\.row) == ["b", "c"])
        #expect(ledger.missing.map(\.actual) == [1, 0])
        #expect(ledger.duplicate.map(\.row) == ["a"])
        #expect(ledger.extra.map(\.row) == ["d"])
        #expect(ledger.description.contains("missing: b (1 of 2)"))
    }
}

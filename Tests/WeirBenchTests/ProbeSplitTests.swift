import Testing
import WeirBench
import WeirCore

@Suite("The share of a probe's source")
struct ProbeSplitTests {
    @Test("first makes a row for each key, those of all splits together each once")
    func fill() {
        var numbers: [Int64] = []
        for index in 0..<Int64(3) {
            var split = ProbeSplit(index: index, of: 3)
            while split.next < 10 {
                #expect(split.room(at: 5, keys: 10, load: .rate(1)) > 0)
                #expect(split.due == 0)
                numbers.append(split.next)
                split.advance()
            }
            #expect(split.room(at: 5, keys: 10, load: .rate(3)) == 1)
        }
        #expect(numbers.sorted() == Array(0..<10))
    }

    @Test("then makes each row when it is due, also those that could not come before")
    func pace() throws {
        var split = ProbeSplit(index: 0, of: 2)
        split.advance()
        let start: Int64 = 1_000_000_000
        // Half of a thousand a second.
        let load = ProbeOptions.Load.rate(1000)
        #expect(split.room(at: start, keys: 1, load: load) == 1)
        #expect(split.due == start)
        split.advance()
        #expect(split.room(at: start, keys: 1, load: load) == 0)
        #expect(split.due == start + 2_000_000)
        #expect(split.room(at: start + 1_999_999, keys: 1, load: load) == 0)
        #expect(split.room(at: start + 2_000_000, keys: 1, load: load) == 1)
        // After a restore ten seconds later, all that is late is due at its own time.
        var restored = try ProbeSplit(encoded: split.encoded())
        #expect(restored == split)
        #expect(restored.room(at: start + 10_000_000_000, keys: 1, load: load) == 5000)
        restored.advance()
        #expect(restored.due == start + 4_000_000)
    }

    @Test("a share of the capacity follows from what it got rid of")
    func percent() {
        var split = ProbeSplit(index: 0, of: 1)
        split.advance()
        let start: Int64 = 1_000_000_000
        #expect(split.room(at: start, keys: 1, load: .percent(25)) == .max)
        for _ in 0..<1000 { split.advance() }
        let end = start + ProbeSplit.capacityNanoseconds
        #expect(split.room(at: end - 1, keys: 1, load: .percent(25)) == .max)
        #expect(split.room(at: end, keys: 1, load: .percent(25)) == 1)
        split.advance()
        // 500 a second as fast as they go.
        #expect(split.due == end + 8_000_000)
    }

    @Test("what is no split of a snapshot is refused")
    func corrupt() {
        let bytes = ProbeSplit(index: 0, of: 1).encoded()
        for change in [Array(bytes.dropLast()), bytes + [0], [9] + bytes.dropFirst()] {
            let error = #expect(throws: WeirError.self) { try ProbeSplit(encoded: change) }
            #expect(error?.code == .corruptBytes)
        }
    }
}

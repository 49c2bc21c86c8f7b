import Synchronization
import Testing
import Weir
import WeirSystem
import WeirTesting

@Suite("A whole job with real threads and RocksDB")
struct StartTimeTests {
    @Test("takes the inputs and outputs of tests, and tells how fast it starts")
    func realJob() throws {
        let world = RealWorld()
        var fastest = Int64.max
        for _ in 0..<5 {
            let clicks = Clicks(count: 300).input(seed: 1)
            let output = TestOutput()
            let firstRow = Mutex<Int64>(.max)
            let begin = world.clock.monotonicNanoseconds()
            let program = StreamExecutionEnvironment(name: "totals")
            program.from(clicks.source(name: "clicks"), as: Click.self)
                .filter { _ in
                    firstRow.withLock { $0 = min($0, world.clock.monotonicNanoseconds()) }
                    return true
                }
                .keyBy(Click.user)
                .aggregate(.sum(Click.amount), to: Total.self) { sum, click, row in
                    row[Total.user] = click[Click.user]
                    row[Total.sum] = sum
                }
                .sink(output.sink(name: "totals"))
            var options = EmbeddedEngine.Options()
            options.settings.parallelism = 2
            let job = try EmbeddedEngine(world: world).start(
                try program.makeProgram(),
                options: options
            )
            #expect(job.wait().outcome == .finished)
            fastest = min(fastest, firstRow.withLock { $0 } - begin)
            let expected = Reference(clicks.rows).folded(by: [0], from: Int64(0)) { sum, row in
                sum += row.integer(1)
                return [[row.values[0], .integer(sum)]]
            }
            let ledger = Ledger(expected: expected, actual: output.committedValues)
            #expect(ledger.isBalanced, "\(ledger)")
        }
        try world.processes.write(
            "in-process job: first row \(fastest / 1000) us after the program was begun\n",
            to: .output
        )
    }
}

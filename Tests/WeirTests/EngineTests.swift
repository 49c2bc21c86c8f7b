import Testing
import Weir
import WeirSystem

@Suite("The embedded engine")
struct EngineTests {
    @Test(
        "every number arrives once, whatever the parallelism, chaining and batch capacity",
        arguments: [1, 2, 4],
        [true, false]
    )
    func everyNumberOnce(parallelism: Int, isChained: Bool) throws {
        for capacity in [1, 64, 1024] {
            let limit: Int64 = capacity == 1 ? 3_000 : 30_000
            let committed = Committed()
            let program = StreamExecutionEnvironment(name: "numbers")
            let source = SourceDescription(name: "numbers", outputs: [Numbered.schema]) {
                CountingSource(limit: limit)
            }
            program.from(source, as: Numbered.self)
                .filter { $0[Numbered.number] % 3 != 0 }
                .map(to: Numbered.self) { row, out in
                    out[Numbered.key] = row[Numbered.key]
                    out[Numbered.number] = row[Numbered.number] * 2
                }
                .keyBy(Numbered.key).stream
                .transform("exchange", to: Numbered.self, exchange: .hash(columns: [0])) {
                    PassThrough()
                }
                .sink(SinkDescription(name: "collect") { CollectingSink(committed) })
            var options = EmbeddedEngine.Options()
            options.settings.parallelism = parallelism
            options.settings.isChainingEnabled = isChained
            options.settings.batchCapacity = capacity
            options.settings.checkpointInterval = .milliseconds(20)
            let job = try EmbeddedEngine(world: RealWorld()).start(
                try program.makeProgram(),
                options: options
            )
            let (outcome, _) = job.wait()
            #expect(outcome == .finished)
            #expect(committed.all == (0..<limit).filter { $0 % 3 != 0 }.map { $0 * 2 })
        }
    }
}

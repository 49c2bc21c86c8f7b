import Synchronization
import Testing
import Weir
import WeirTesting

/// Tells the test the watermark of its only instance.
private final class WatermarkProbe: Operator {
    private let seen: Seen

    final class Seen: Sendable {
        private let marks = Mutex<[Int64]>([])
        var all: [Int64] { marks.withLock { $0 } }
        func add(_ watermark: Int64) { marks.withLock { $0.append(watermark) } }
    }

    init(_ seen: Seen) { self.seen = seen }

    override func advanceWatermark(to watermark: Watermark) throws(WeirError) {
        seen.add(watermark.time)
    }

    override func process(
        _ batch: Batch,
        from position: Int,
        input: Int
    ) throws(WeirError) -> ProcessOutcome { .consumed }
}

/// A reader of several inputs, by the book: it is as far as the least of those that count.
private struct NaiveReader {
    private(set) var watermark = Int64.min
    private(set) var status = WatermarkStatus.active

    mutating func update(_ inputs: [(watermark: Int64, status: WatermarkStatus)]) {
        let active = inputs.filter { $0.status == .active }.map(\.watermark)
        if inputs.allSatisfy({ $0.status == .finished }) {
            status = .finished
            watermark = .max
        } else if active.isEmpty {
            status = .idle
        } else {
            status = .active
            watermark = max(watermark, active.min() ?? .min)
        }
    }
}

/// The splits of one input, and who reads them at parallelism 2.
private struct NaiveInput {
    var splits: [(watermark: Int64, status: WatermarkStatus)]
    var readers = [NaiveReader(), NaiveReader()]

    init(splits count: Int) {
        splits = [(watermark: Int64, status: WatermarkStatus)](
            repeating: (.min, .active),
            count: count
        )
    }

    mutating func update() {
        for reader in 0..<2 {
            let own = splits.indices.filter { $0 % 2 == reader }.map { splits[$0] }
            readers[reader].update(own)
        }
    }
}

@Suite("Watermarks of a program")
struct WatermarkTests {
    @Test(
        "with idle and finished splits and inputs are those of a naive combination",
        arguments: Seeds.upTo(20)
    )
    func combined(seed: UInt64) throws {
        var chance = Chance(seed)
        let inputs = [TestInput(Click.schema, splits: 3), TestInput(Click.schema, splits: 2)]
        var models = [NaiveInput(splits: 3), NaiveInput(splits: 2)]
        var unions = [NaiveReader(), NaiveReader()]
        var end = NaiveReader()
        let seen = WatermarkProbe.Seen()
        let job = JobDriver(seed: seed, name: "watermarks") { program in
            let streams = inputs.enumerated().map { number, input in
                program.from(input.source(name: "input \(number)"), as: Click.self)
            }
            streams[0].union(streams[1])
                .transform("probe", to: Click.self, exchange: .hash(columns: [0])) {
                    WatermarkProbe(seen)
                }
                .parallelism(1)
                .sink(BlackholeSink.description())
        }
        job.options.settings.checkpointInterval = .zero
        try job.start(parallelism: 2)
        var hasEnded = [false, false]
        for _ in 0..<40 {
            let input = chance.below(2)
            guard !hasEnded[input] else { continue }
            let split = chance.below(models[input].splits.count)
            switch chance.below(20) {
            case 0:
                inputs[input].end()
                hasEnded[input] = true
                for index in models[input].splits.indices {
                    models[input].splits[index] = (.max, .finished)
                }
            case 1...5:
                inputs[input].fallSilent(split: split)
                models[input].splits[split].status = .idle
            default:
                let time = Int64(chance.below(1000))
                inputs[input].advance(watermark: time, split: split)
                models[input].splits[split].watermark = max(
                    models[input].splits[split].watermark,
                    time
                )
                models[input].splits[split].status = .active
            }
            job.run(for: .milliseconds(20))
            models[input].update()
            for index in 0..<2 {
                unions[index].update(
                    models.map { ($0.readers[index].watermark, $0.readers[index].status) }
                )
            }
            end.update(unions.map { ($0.watermark, $0.status) })
            #expect((seen.all.last ?? .min) == end.watermark)
            if hasEnded == [true, true] { break }
        }
        #expect(seen.all == seen.all.sorted())
        for input in inputs.indices where !hasEnded[input] { inputs[input].end() }
        #expect(try job.finish() == .finished)
        #expect(seen.all.last == .max)
    }
}

import Weir
import WeirConnectors
import WeirSimulation

/// A job of a campaign: its program, its inputs, and what must come out of it.
final class CampaignJob: Sendable {
    static let inputDirectory = "/input"
    static let outputDirectory = "/output"
    private static let windowSize = Duration.milliseconds(20)
    private static let windowSlide = Duration.milliseconds(10)

    let shape: CampaignShape
    /// What its code throws.
    let errors = CampaignErrors()
    private let logs: [TestInput]
    private let files: [[(user: Int64, amount: Int64, time: Int64)]]
    private let output: TestOutput
    private let monitor: CampaignMonitor

    /// A job of a shape whose rows follow a seed.
    init(_ shape: CampaignShape, seed: UInt64, monitor: CampaignMonitor) {
        self.shape = shape
        self.monitor = monitor
        output = TestOutput { [monitor] in monitor.committed($0) }
        var chance = SplitMix64(seed: seed)
        var input = CampaignInput(count: 150 + Int(chance.next() % 250))
        input.splits = 1 + Int(chance.next() % 4)
        input.users = [5, 17, 150][Int(chance.next() % 3)]
        // Slow ones have rows left when something goes wrong late.
        input.pollRows = [2, 2, 8][Int(chance.next() % 3)]
        let next = seed &+ 1
        switch shape {
        case .counts, .sliding, .sessions, .timers:
            logs = [input.log(seed: next)]
            files = []
        case .tumbling:
            input.bound = Int64(chance.next() % 10)
            logs = [input.log(seed: next)]
            files = []
        case .union, .connected:
            var other = input
            other.splits = 1 + Int(chance.next() % 3)
            if shape == .union { other.firstUser = 1000 }
            logs = [input.log(seed: next), other.log(seed: next &+ 1)]
            files = []
        case .unaligned:
            input.isFast = true
            input.pollRows = 16
            logs = [input.log(seed: next)]
            files = []
        case .files:
            // Without a row: files end by themselves, and the job must not before its checkpoints.
            logs = [CampaignInput(count: 0, splits: 1).log(seed: next)]
            input.disorder = 0
            files = input.rows(seed: next)
        }
    }

    /// Puts what the job reads from files on the disk.
    func prepare(_ world: SimulatedWorld) throws(WeirError) {
        guard shape == .files else { return }
        try world.files.makeDirectory(Self.inputDirectory)
        for (index, rows) in files.enumerated() {
            let lines = rows.map { "\($0.user),\($0.amount),\($0.time)\n" }.joined()
            try world.files.replaceAll(
                "\(Self.inputDirectory)/\(index).csv",
                with: Array(lines.utf8)
            )
        }
    }

    /// No row follows.
    func endInput() { for log in logs { log.end() } }

    /// Another job goes on from a snapshot of the present one.
    func handOver() { output.handOver() }

    // MARK: The program

    /// Builds the program.
    func build(_ program: StreamExecutionEnvironment) {
        switch shape {
        case .counts: sums(clicks(program, 0)).sink(output.sink(name: "out"))
        case .tumbling: windows(.tumbling(every: Self.windowSize), program)
        case .sliding:
            windows(.sliding(size: Self.windowSize, every: Self.windowSlide), program)
        case .sessions: windows(.session(gap: Self.windowSlide), program)
        case .timers:
            clicks(program, 0).keyBy(CampaignClick.user)
                .process(to: CampaignTotal.self) { (states) throws(WeirError) in
                    try TenthSums(states)
                }
                .sink(output.sink(name: "out"))
        case .union:
            sums(clicks(program, 0).union(clicks(program, 1))).sink(output.sink(name: "out"))
        case .connected:
            clicks(program, 0).keyBy(CampaignClick.user)
                .connect(clicks(program, 1).keyBy(CampaignClick.user))
                .process(to: CampaignTotal.self) { (states) throws(WeirError) in
                    try PairedTenthSums(states)
                }
                .sink(output.sink(name: "out"))
        case .unaligned:
            sums(clicks(program, 0)).taking(.microseconds(200)).sink(output.sink(name: "out"))
        case .files: buildFiles(program)
        }
    }

    private func clicks(
        _ program: StreamExecutionEnvironment,
        _ index: Int
    ) -> DataStream<CampaignClick> {
        let source = logs[index].source(name: "clicks \(index)")
        return checked(program.from(source, as: CampaignClick.self), "\(index)")
    }

    private func checked(
        _ clicks: DataStream<CampaignClick>,
        _ name: String
    ) -> DataStream<CampaignClick> {
        let (monitor, errors) = (self.monitor, self.errors)
        return
            clicks
            .transform("checking", to: CampaignClick.self) { TimeChecker(monitor, errors) }
            .named("checking \(name)")
    }

    private func sums(_ clicks: DataStream<CampaignClick>) -> DataStream<CampaignTotal> {
        clicks.keyBy(CampaignClick.user)
            .aggregate(.sum(CampaignClick.amount), to: CampaignTotal.self) { sum, click, row in
                row[CampaignTotal.user] = click[CampaignClick.user]
                row[CampaignTotal.sum] = sum
                row[CampaignTotal.other] = 0
            }
    }

    private func windows(_ assigner: WindowAssigner, _ program: StreamExecutionEnvironment) {
        clicks(program, 0).keyBy(CampaignClick.user)
            .window(assigner)
            .aggregate(.sum(CampaignClick.amount), to: CampaignTotal.self) {
                sum,
                click,
                window,
                row in
                row[CampaignTotal.user] = click[CampaignClick.user]
                row[CampaignTotal.sum] = sum
                row[CampaignTotal.other] = window.start
            }
            .sink(output.sink(name: "out"))
    }

    private func buildFiles(_ program: StreamExecutionEnvironment) {
        let format = RecordFormat.csv(CSVOptions(hasHeader: false))
        var options = FileSourceOptions([Self.inputDirectory], format: format)
        options.speed = 1
        options.chunkBytes = 256
        let source = FileSource.description(
            options,
            schema: CampaignClick.schema,
            watermarks: .boundedDisorder(milliseconds: 0) { batch, rows in
                let (columns, times) = (batch.columnReferences, batch.eventTimes)
                for row in rows {
                    times[row] = RowView<CampaignClick>(columns, row: row)[CampaignClick.time]
                }
            }
        )
        let lines = checked(program.from(source, as: CampaignClick.self), "files")
        let rows = lines.union(clicks(program, 0))
        sums(rows).sink(
            FileSink.description(
                FileSinkOptions(Self.outputDirectory, format: format),
                schema: CampaignTotal.schema
            )
        )
    }

    // MARK: The oracle

    /// What must come out, each row as often as it is here.
    var expected: [[Value]] {
        switch shape {
        case .counts, .unaligned: Self.runningSums(logs[0].rows)
        case .union: Self.runningSums(logs.flatMap(\.rows))
        case .tumbling: windowSums(.tumbling(every: Self.windowSize))
        case .sliding: windowSums(.sliding(size: Self.windowSize, every: Self.windowSlide))
        case .sessions: windowSums(.session(gap: Self.windowSlide))
        case .timers:
            Self.tenths(logs[0].rows).map { key, sum in
                [.integer(key[0]), .integer(sum), .integer(key[1])]
            }
        case .connected: pairs
        case .files:
            Self.runningSums(
                files.flatMap { rows in
                    rows.map {
                        HarnessRow([.integer($0.user), .integer($0.amount)], eventTime: $0.time)
                    }
                }
            )
        }
    }

    private static func runningSums(_ rows: [HarnessRow]) -> [[Value]] {
        Reference(rows).folded(by: [0], from: Int64(0)) { sum, row in
            sum += row.integer(1)
            return [[row.values[0], .integer(sum), .integer(0)]]
        }
    }

    private func windowSums(_ assigner: WindowAssigner) -> [[Value]] {
        Reference(logs[0].rows).windows(assigner, by: [0]).windows.map { window in
            let sum = window.rows.reduce(0) { $0 + $1.integer(1) }
            return [window.key[0], .integer(sum), .integer(window.bounds.start)]
        }
    }

    private static func tenths(_ rows: [HarnessRow]) -> [[Int64]: Int64] {
        rows.reduce(into: [:]) { sums, row in
            sums[[row.integer(0), row.eventTime / 10], default: 0] += row.integer(1)
        }
    }

    private var pairs: [[Value]] {
        let left = Self.tenths(logs[0].rows)
        let right = Self.tenths(logs[1].rows)
        return Set(left.keys).union(right.keys).map { key in
            [key[0] * 1_000_000 + key[1], left[key] ?? 0, right[key] ?? 0].map { .integer($0) }
        }
    }

    /// What has come out for good.
    func actual(_ disk: SimulatedFileSystem) -> [[Value]] {
        guard shape == .files else { return output.committedValues }
        var rows: [[Value]] = []
        for name in disk.peekNames(Self.outputDirectory) where name.hasPrefix("part-") {
            let bytes = disk.peek(Self.outputDirectory + "/" + name) ?? []
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                rows.append(line.split(separator: ",").map { .integer(Int64($0) ?? -1) })
            }
        }
        return rows
    }
}

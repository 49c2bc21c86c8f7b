import Weir
import WeirTesting

/// Rows of a file: who, how long, and when.
enum Visit: EventSchema {
    static var user: Column<Int64> { .init(index: 0, id: 1, "user") }
    static var seconds: Column<Int64> { .init(index: 1, id: 2, "seconds") }
    static var time: Column<Int64> { .init(index: 2, id: 3, "time") }
    static let schema = Schema(of: user, seconds, time)
}

/// A user's sum in a window.
enum VisitSum: EventSchema {
    static var user: Column<Int64> { .init(index: 0, id: 1, "user") }
    static var sum: Column<Int64> { .init(index: 1, id: 2, "sum") }
    static var start: Column<Int64> { .init(index: 2, id: 3, "start") }
    static let schema = Schema(of: user, sum, start)
}

/// From files over windows and running sums to files, paced so that it lasts some hundred
/// milliseconds, and slow at its end so that barriers overtake rows.
struct VisitJob {
    /// Where files are written.
    let directory: String
    /// Where they are read.
    var input: String
    /// How many times as fast as life it reads; nil: at once.
    var speed: Double? = 1
    /// The rows of each file.
    let files: [[[Int64]]]
    /// Milliseconds of event time in a window.
    static let window: Int64 = 10

    init(_ directory: String, seed: UInt64, milliseconds: Int64) {
        self.directory = directory
        input = directory + "/input"
        var random = SplitMix64(seed: seed)
        files = (0..<3).map { file in
            (0..<Int64(400)).map { row in
                let user = Int64(file) + 3 * Int64(random.next() % 9)
                return [user, Int64(random.next() % 100), row * milliseconds / 400]
            }
        }
    }

    func writeInput(_ disk: any FileSystem) throws {
        try disk.makeDirectory(input)
        for (number, rows) in files.enumerated() {
            let lines = rows.map {
                "{\"user\": \($0[0]), \"seconds\": \($0[1]), \"time\": \($0[2])}\n"
            }
            try disk.replaceAll(
                "\(input)/\(number).jsonl",
                with: Array(lines.joined().utf8)
            )
        }
    }

    func build(_ program: StreamExecutionEnvironment, rowTime: Duration) {
        var source = FileSourceOptions([input], format: .json)
        source.splitBytes = 8 << 10
        source.speed = speed
        let watermarks = WatermarkStrategy.boundedDisorder(milliseconds: 0) { batch, rows in
            let times = batch.eventTimes
            for row in rows {
                times[row] = RowView<Visit>(batch.columnReferences, row: row)[Visit.time]
            }
        }
        let visits = program.from(
            FileSource.description(source, schema: Visit.schema, watermarks: watermarks),
            as: Visit.self
        )
        visits.keyBy(Visit.user)
            .window(.tumbling(every: .milliseconds(Int(VisitJob.window))))
            .aggregate(.sum(Visit.seconds), to: VisitSum.self) { sum, visit, window, row in
                row[VisitSum.user] = visit[Visit.user]
                row[VisitSum.sum] = sum
                row[VisitSum.start] = window.start
            }
            .sink(sink("windows", VisitSum.schema))
        visits.keyBy(Visit.user)
            .aggregate(.count(), to: VisitSum.self) { count, visit, row in
                row[VisitSum.user] = visit[Visit.user]
                row[VisitSum.sum] = count
                row[VisitSum.start] = -1
            }
            .taking(rowTime)
            .sink(sink("counts", VisitSum.schema))
    }

    private func sink(_ name: String, _ schema: Schema) -> SinkDescription {
        FileSink.description(
            FileSinkOptions("\(directory)/\(name)", format: .csv(CSVOptions())),
            schema: schema,
            name: name
        )
    }

    /// What the job must have committed at its end, compared with what it has.
    func ledger(_ disk: any FileSystem) throws -> Ledger<String> {
        var windows: [[Int64]: Int64] = [:]
        var counts: [Int64: Int64] = [:]
        var expected: [String] = []
        for row in files.joined() {
            windows[[row[0], row[2] / VisitJob.window * VisitJob.window], default: 0] += row[1]
            counts[row[0], default: 0] += 1
            expected.append("counts \(row[0]),\(counts[row[0]] ?? 0),-1")
        }
        expected += windows.map { "windows \($0.key[0]),\($0.value),\($0.key[1])" }
        return Ledger(
            expected: expected,
            actual: try lines("windows", disk) + lines("counts", disk)
        )
    }

    private func lines(_ sink: String, _ disk: any FileSystem) throws -> [String] {
        var found: [String] = []
        for name in try disk.list("\(directory)/\(sink)") where name.hasPrefix("part-") {
            let text = String(
                decoding: try disk.readAll("\(directory)/\(sink)/\(name)"),
                as: UTF8.self
            )
            for line in text.split(whereSeparator: \.isNewline) where line.first?.isNumber == true {
                found.append("\(sink) \(line)")
            }
        }
        return found
    }
}

/// What can happen to a file.
enum Damage: CaseIterable {
    case truncated
    case flipped
    case deleted

    func strike(_ path: String, _ disk: any FileSystem, seed: UInt64) throws {
        var bytes = try disk.readAll(path)
        var random = SplitMix64(seed: seed)
        switch self {
        case .deleted: try disk.remove(path)
        case .truncated:
            bytes.removeLast(1 + Int(random.next() % UInt64(bytes.count)))
            try disk.replaceAll(path, with: bytes)
        case .flipped:
            bytes[Int(random.next() % UInt64(bytes.count))] ^= 1 << UInt8(random.next() % 8)
            try disk.replaceAll(path, with: bytes)
        }
    }
}

import Foundation
import Weir

/// Three of the eight fields of an event.
enum Visit: EventSchema {
    @inlinable static var id: Column<Int64> { .init(index: 0, id: 1, "id") }
    @inlinable static var user: Column<StringView> { .init(index: 1, id: 2, "user") }
    @inlinable static var milliseconds: Column<Int64> { .init(index: 2, id: 3, "milliseconds") }

    static let schema = Schema(of: id, user, milliseconds)
}

/// JSON lines of about 200 bytes from files in the page cache, of which three of eight fields are
/// used.
struct JSONScan: Benchmark {
    let name = "json-scan"
    let summary = "JSON lines of 200 bytes, 3 of 8 fields, from the page cache → sink"

    func figures(_ context: BenchmarkContext) throws -> [Figure] {
        let lineCount = context.isQuick ? 10_000 : 1_000_000
        let copies = context.isQuick ? 1 : 20
        let folder = context.directory + "/visits"
        let byteCount = try Self.writeFiles(folder, lineCount: lineCount, copies: copies)
        var rates: [[Double]] = [[], [], []]
        for run in 0..<context.runs {
            let measured = try scan(folder, context.directory + "/job\(run)", lineCount, copies)
            for index in rates.indices { rates[index].append(measured[index]) }
        }
        let gigabytes = Double(byteCount) / Double(lineCount) * 1e-3
        return [
            Figure(name, "M/s", rates[0], goal: .atLeast(5)),
            Figure(name + "/bytes", "GB/s", rates[0].map { $0 * gigabytes }),
            Figure(name + "/wall", "M/s", rates[1]),
            Figure(name + "/allocations", "/1000", rates[2], goal: .atMost(1)),
        ]
    }

    private func scan(
        _ folder: String,
        _ directory: String,
        _ lineCount: Int,
        _ copies: Int
    ) throws -> [Double] {
        let tally = Tally(.rows)
        let start = ProcessFacts.now()
        let run = try JobRun(
            tally,
            settings: JobRun.settings(memory: 512),
            directory: directory
        ) { program in
            program.from(
                FileSource.description(
                    FileSourceOptions([folder], format: .json),
                    schema: Visit.schema
                ),
                as: Visit.self
            ).sink(tally.sink)
        }
        _ = try run.finish()
        let end = ProcessFacts.now()
        let events = lineCount * copies
        let expectedSum = Int64(copies) * Int64(lineCount) * Int64(lineCount - 1) / 2
        guard tally.counts.rows == events, tally.counts.sum == expectedSum else {
            throw BenchmarkFailure("\(tally.counts.rows) of \(events) events came, or other ones.")
        }
        let count = Double(events)
        return [
            count / (end.processor - start.processor) / 1e6,
            count / (end.wall - start.wall) / 1e6,
            Double(tally.counts.allocations) / count * 1e3,
        ]
    }

    /// Writes one file under several names, and reads it once; returns its length.
    private static func writeFiles(
        _ folder: String,
        lineCount: Int,
        copies: Int
    ) throws -> Int {
        let files = FileManager.default
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var text = ""
        text.reserveCapacity(lineCount * 210)
        for number in 0..<lineCount { text += line(number) }
        let first = folder + "/0.jsonl"
        try text.write(toFile: first, atomically: false, encoding: .utf8)
        for copy in 1..<max(1, copies) {
            try files.linkItem(atPath: first, toPath: "\(folder)/\(copy).jsonl")
        }
        return text.utf8.count
    }

    private static func line(_ number: Int) -> String {
        let mixed = UInt64(number) &* 0x9e37_79b9_7f4a_7c15
        let hexadecimal = String(mixed, radix: 16)
        return
            #"{"id":\#(number),"user":"user-\#(mixed >> 40)","page":"/shop/item/\#(mixed >> 44)","#
            + #""referrer":"https://example.org/search?q=\#(hexadecimal)","milliseconds":\#(mixed >> 50),"#
            + #""status":200,"session":"\#(hexadecimal)","country":"NZ"}"# + "\n"
    }
}

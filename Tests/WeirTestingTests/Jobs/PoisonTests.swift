import Testing
import Weir
import WeirSystem
import WeirTesting

/// A job that reads clicks as JSON lines and keeps running sums and dead letters in files.
private struct PoisonJob {
    let directory: String
    let policy: MalformedPolicy
    var maxRecordBytes = RecordDecoder.defaultMaxRecordBytes

    func build(_ program: StreamExecutionEnvironment) {
        var source = FileSourceOptions(
            [directory + "/clicks.jsonl"],
            format: .json,
            onMalformed: policy
        )
        source.maxRecordBytes = maxRecordBytes
        let clicks = program.from(
            FileSource.description(source, schema: Click.schema),
            as: Click.self
        )
        clicks.keyBy(Click.user)
            .aggregate(.sum(Click.amount), to: Total.self) { sum, click, row in
                row[Total.user] = click[Click.user]
                row[Total.sum] = sum
            }
            .sink(sink("sums", Total.schema))
        clicks.sideOutput(1, as: DeadLetter.self).sink(sink("dead", DeadLetter.schema))
    }

    private func sink(_ name: String, _ schema: Schema) -> SinkDescription {
        FileSink.description(
            FileSinkOptions("\(directory)/\(name)", format: .json),
            schema: schema,
            name: name
        )
    }

    /// The committed lines of a sink, sorted.
    func lines(_ sink: String, _ disk: any FileSystem) throws -> [String] {
        try disk.list("\(directory)/\(sink)").filter { $0.hasPrefix("part-") }.flatMap {
            String(decoding: try disk.readAll("\(directory)/\(sink)/\($0)"), as: UTF8.self)
                .split(separator: "\n").map(String.init)
        }.sorted()
    }
}

@Suite("Records that cannot be decoded")
struct PoisonTests {
    private static let good = (1...50).map { "{\"user\": \($0 % 7), \"amount\": \($0)}\n" }

    /// Good records with three bad ones between: no JSON, no UTF-8, too long.
    private func input() -> (bytes: [UInt8], offsets: [Int]) {
        var bytes: [UInt8] = []
        var offsets: [Int] = []
        for (number, line) in Self.good.enumerated() {
            switch number {
            case 10:
                offsets.append(bytes.count)
                bytes += Array("{\"user\": 1, \"amount\": }\n".utf8)
            case 20:
                offsets.append(bytes.count)
                bytes += Array("{\"user\": 1, \"amount\": 5, \"note\": \"".utf8)
                bytes += [0xFF, 0xFE]
                bytes += Array("\"}\n".utf8)
            case 30:
                offsets.append(bytes.count)
                bytes += Array("{\"user\": 1, \"note\": \"".utf8)
                bytes += [UInt8](repeating: 120, count: 200_000)
                bytes += Array("\", \"amount\": 5}\n".utf8)
            default: break
            }
            bytes += Array(line.utf8)
        }
        return (bytes, offsets)
    }

    private func sums() -> [String] {
        var sums: [Int: Int] = [:]
        return (1...50).map { number in
            sums[number % 7, default: 0] += number
            return "{\"user\":\(number % 7),\"sum\":\(sums[number % 7] ?? 0)}"
        }.sorted()
    }

    private func driver(_ policy: MalformedPolicy) throws -> (JobDriver, PoisonJob) {
        let poison = PoisonJob(directory: "/data", policy: policy, maxRecordBytes: 100_000)
        let job = JobDriver(name: "poison") { poison.build($0) }
        try job.world.files.makeDirectory("/data")
        try job.world.files.replaceAll("/data/clicks.jsonl", with: input().bytes)
        return (job, poison)
    }

    @Test("go to the dead letters with place and reason, and the others are right")
    func deadLetters() throws {
        let (job, poison) = try driver(.deadLetter)
        try job.start(parallelism: 2)
        #expect(try job.finish() == .finished)
        #expect(try poison.lines("sums", job.world.files) == sums())
        let dead = try poison.lines("dead", job.world.files)
        #expect(dead.count == 3)
        for (offset, reason) in zip(input().offsets, ["", "UTF-8", "longer than the limit"]) {
            let letter = try #require(dead.first { $0.contains("\"offset\":\(offset),") })
            #expect(letter.contains("\"source\":\"/data/clicks.jsonl\""))
            #expect(letter.contains(reason), "\(letter.prefix(400))")
        }
        #expect(job.status.malformedRecords == 3)
    }

    @Test("are left out and counted, if that is what the job says")
    func skipped() throws {
        let (job, poison) = try driver(.skip)
        try job.start(parallelism: 2)
        #expect(try job.finish() == .finished)
        #expect(try poison.lines("sums", job.world.files) == sums())
        #expect(try poison.lines("dead", job.world.files).isEmpty)
        #expect(job.status.malformedRecords == 3)
    }

    @Test("fail the job with their place, if that is what the job says")
    func failing() throws {
        let (job, poison) = try driver(.fail)
        try job.start(parallelism: 2)
        guard case .failed(let error) = try job.finish() else {
            Issue.record("the job did not fail")
            return
        }
        #expect(error.code == .malformedRecord)
        #expect(error.position.contains("/data/clicks.jsonl"))
        #expect(error.position.contains("\(input().offsets[0])"))
        // It was tried again, in vain.
        #expect(job.status.restarts == 2)
        #expect(try poison.lines("sums", job.world.files).isEmpty)
    }

    @Test("of 100 MB take no memory beyond the budget")
    func largeRecord() async {
        await #expect(processExitsWith: .success) {
            let world = RealWorld()
            func require(_ isTrue: Bool, _ found: String) {
                guard !isTrue else { return }
                world.processes.tell("found: \(found)\n")
                world.processes.exit(1)
            }
            let budget = 64 << 20
            let root = world.processes.environment("TMPDIR") ?? "/tmp"
            let directory = "\(root)/weir-poison-\(world.processes.processID)"
            try world.files.makeDirectory(directory)
            defer { try? world.files.removeTree(directory) }
            let file = try world.files.open(directory + "/clicks.jsonl", .createNew)
            try file.writeText("{\"user\": 1, \"amount\": 2}\n{\"user\": 1, \"note\": \"")
            for _ in 0..<100 { try file.writeText(String(repeating: "x", count: 1 << 20)) }
            try file.writeText("\"}\n{\"user\": 1, \"amount\": 3}\n")
            file.close()
            let base = world.processes.usage().peakResidentBytes
            let poison = PoisonJob(directory: directory, policy: .deadLetter)
            let program = StreamExecutionEnvironment(name: "poison")
            poison.build(program)
            var options = EmbeddedEngine.Options()
            options.settings.memory = .mebibytes(64)
            let job = try EmbeddedEngine(world: world).start(
                try program.makeProgram(),
                options: options
            )
            let outcome = job.wait().outcome
            require(outcome == .finished, "\(outcome)")
            let sums = try poison.lines("sums", world.files)
            // The file is read in two splits, whose rows may come in either order.
            require(sums.count == 2 && sums[1] == "{\"user\":1,\"sum\":5}", "\(sums)")
            let dead = try poison.lines("dead", world.files)
            require(dead.count == 1 && dead[0].contains("\"offset\":25,"), "\(dead)")
            let peak = world.processes.usage().peakResidentBytes
            require(peak <= base + budget, "\(peak) bytes, \(base) before the job")
        }
    }
}

extension OpenFile {
    /// Writes text at the end.
    fileprivate func writeText(_ text: String) throws {
        var text = text
        var failure: WeirError?
        text.withUTF8 { bytes in
            do throws(WeirError) { try write(UnsafeRawBufferPointer(bytes)) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}

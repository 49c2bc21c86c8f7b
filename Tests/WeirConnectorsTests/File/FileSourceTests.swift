import Testing
import WeirConnectors
import WeirCore
import WeirData
import WeirOperators
import WeirSimulation

@Suite struct FileSourceTests {
    private let schema = nullable(("a", .int64), ("b", .string))

    private func write(_ text: String, _ path: String, _ world: SimulatedWorld) throws {
        try world.files.makeDirectory("/in")
        try world.files.replaceAll(path, with: [UInt8](text.utf8))
    }

    private func lines(_ range: Range<Int>) -> String {
        range.map { "{\"a\":\($0),\"b\":\"row \($0)\"}\n" }.joined()
    }

    private func description(
        _ options: FileSourceOptions,
        watermarks: WatermarkStrategy = .noWatermarks
    ) -> SourceDescription {
        FileSource.description(options, schema: schema, watermarks: watermarks)
    }

    private func splits(
        _ options: FileSourceOptions,
        _ world: SimulatedWorld
    ) throws -> [Batch] {
        let enumerator = try #require(description(options).enumerator)
        let harness = try OperatorHarness(
            try enumerator.factory(),
            world,
            outputs: [enumerator.schema]
        )
        #expect(try harness.run() == .finished)
        return harness.outputs[0].batches
    }

    private func reader(
        _ options: FileSourceOptions,
        _ world: SimulatedWorld,
        _ splits: [Batch],
        restored: [OperatorStateEntry] = [],
        watermarks: WatermarkStrategy = .noWatermarks
    ) throws -> OperatorHarness {
        let description = description(options, watermarks: watermarks)
        let harness = try OperatorHarness(
            try description.reader(),
            world,
            outputs: description.outputs,
            batchCapacity: 7,
            checkpoint: restored.isEmpty ? 0 : 1,
            restored: restored
        )
        for batch in splits {
            #expect(try harness.operator.process(batch, from: 0, input: 0) == .consumed)
        }
        try harness.operator.endInput(0)
        return harness
    }

    @Test("all records of files and directories are read once, however they are split")
    func everything() throws {
        let world = SimulatedWorld(seed: 1)
        try write(lines(0..<100), "/in/one.jsonl", world)
        try write(lines(100..<150) + "{\"a\":150}", "/in/two.jsonl", world)
        try write("not read", "/in/_hidden", world)
        try write(lines(151..<160), "/single.jsonl", world)
        for splitBytes in [10, 25, 64, 1000, 1 << 20] {
            for chunkBytes in [16, 100, 1 << 20] {
                var options = FileSourceOptions(["/in", "/single.jsonl"], format: .json)
                options.splitBytes = splitBytes
                options.chunkBytes = chunkBytes
                options.openSplitLimit = 3
                let splits = try splits(options, world)
                #expect(
                    splitBytes < 1000 ? splits.count > 3 : splits.count == 3 || splitBytes == 1000
                )
                let harness = try reader(options, world, splits)
                #expect(try harness.run() == .finished)
                let numbers = harness.outputs[0].rows.map { $0[0] }
                #expect(
                    Set(numbers) == Set((0..<160).map { Value.integer(Int64($0)) })
                        && numbers.count == 160,
                    "\(splitBytes) \(chunkBytes): \(numbers.count)"
                )
            }
        }
    }

    @Test("a reader whose bytes end inside of a record sleeps until the next ones are there")
    func starvation() throws {
        let world = SimulatedWorld(seed: 8)
        try write(lines(0..<100), "/in/a.jsonl", world)
        var options = FileSourceOptions(["/in"], format: .json)
        options.chunkBytes = 100
        let harness = try reader(options, world, try splits(options, world))
        for _ in 0..<6 { _ = try harness.poll() }
        let source = try #require(harness.operator as? SourceOperator)
        var polls = 0
        while polls < 20, try source.poll() == .ready { polls += 1 }
        #expect(polls < 20, "it asks for more again and again")
        #expect(try harness.run() == .finished)
        #expect(harness.outputs[0].rows.count == 100)
    }

    @Test("a restore at any record goes on where the snapshot was taken, with the same watermarks")
    func resume() throws {
        let world = SimulatedWorld(seed: 2)
        try write("a,b\n" + (0..<40).map { "\($0 * 7 % 40),x\n" }.joined(), "/in/a.csv", world)
        try write("b,a\r\n" + (40..<60).map { "y,\($0)\r\n" }.joined(), "/in/b.csv", world)
        let strategy = WatermarkStrategy.boundedDisorder(
            milliseconds: 3,
            timestamps: { batch, range in
                for row in range {
                    batch.eventTimes[row] = batch.columnReferences[0].load(row, as: Int64.self)
                }
            }
        )
        var options = FileSourceOptions(["/in"], format: .csv(CSVOptions()))
        options.chunkBytes = 64
        let splits = try splits(options, world)
        func pairs(_ harness: OperatorHarness) -> Set<[Value]> {
            Set(
                zip(harness.outputs[0].rows, harness.outputs[0].splitWatermarks)
                    .map { [$0[0], .integer($1)] }
            )
        }
        let whole = try reader(options, world, splits, watermarks: strategy)
        #expect(try whole.run() == .finished)
        #expect(whole.outputs[0].rows.count == 60)
        for polls in 0..<60 {
            let first = try reader(options, world, splits, watermarks: strategy)
            try first.run(polls)
            let state = try first.snapshot(1)
            let second = try reader(options, world, [], restored: state, watermarks: strategy)
            #expect(try second.run() == .finished)
            #expect(first.outputs[0].rows.count + second.outputs[0].rows.count == 60)
            #expect(pairs(first).union(pairs(second)) == pairs(whole))
        }
    }

    @Test("the watermark is the lowest of all splits, and rows of the slower one come first")
    func alignment() throws {
        let world = SimulatedWorld(seed: 3)
        try write(lines(0..<300), "/in/a.jsonl", world)
        try write(lines(200..<500), "/in/b.jsonl", world)
        let strategy = WatermarkStrategy.boundedDisorder(
            milliseconds: 0,
            timestamps: { batch, range in
                for row in range {
                    batch.eventTimes[row] = batch.columnReferences[0].load(row, as: Int64.self)
                }
            }
        )
        let options = FileSourceOptions(["/in"], format: .json)
        let harness = try reader(options, world, try splits(options, world), watermarks: strategy)
        #expect(try harness.run() == .finished)
        let target = harness.outputs[0]
        #expect(target.rows.count == 600)
        #expect(target.watermarks == target.watermarks.sorted())
        let last = target.rows.firstIndex { $0[0] == 299 } ?? 0
        let others = target.rows[..<last].filter { $0[1] == "row 400" }
        #expect(others.isEmpty)
    }

    @Test("malformed, overlong and non-UTF-8 records go to the dead letters with place and reason")
    func deadLetters() throws {
        let world = SimulatedWorld(seed: 4)
        let long = String(repeating: "x", count: 100_000)
        var bytes = [UInt8]("{\"a\":1}\nbad\n{\"a\":2,\"b\":\"\(long)\"}\n{\"a\":3,\"b\":\"".utf8)
        bytes += [0xff] + [UInt8]("\"}\n{\"a\":4}\n\(long)".utf8)
        try world.files.makeDirectory("/in")
        try world.files.replaceAll("/in/a.jsonl", with: bytes)
        for chunkBytes in [50, 1000, 1 << 20] {
            var options = FileSourceOptions(["/in"], format: .json, onMalformed: .deadLetter)
            options.maxRecordBytes = 5000
            options.chunkBytes = chunkBytes
            let harness = try reader(options, world, try splits(options, world))
            #expect(try harness.run() == .finished)
            #expect(harness.outputs[0].rows.map { $0[0] } == [1, 4])
            let letters = harness.outputs[1].rows
            #expect(letters.map { $0[1] } == [8, 12, 100_027, 100_051])
            #expect(letters.map { $0[2] } == [3, 100_014, 15, 100_000])
            #expect(
                letters.map { $0[5] } == [
                    "the record is not a JSON object", "longer than the limit for records",
                    "bytes that are not UTF-8", "longer than the limit for records",
                ]
            )
            #expect(letters.map { $0[7] == .bytes([UInt8]("bad".utf8)) }[0])
            guard case .bytes(let raw) = letters[1][7] else { continue }
            #expect(raw.count == DeadLetter.rawLimit)
            #expect(harness.operator.context.metrics.recordsMalformed == 4)
        }
    }

    @Test("the policies skip and fail do what they say")
    func policies() throws {
        let world = SimulatedWorld(seed: 5)
        try write("{\"a\":1}\nbad\n{\"a\":2}\n", "/in/a.jsonl", world)
        let skipping = FileSourceOptions(["/in"], format: .json, onMalformed: .skip)
        let harness = try reader(skipping, world, try splits(skipping, world))
        #expect(try harness.run() == .finished)
        #expect(harness.outputs[0].rows.count == 2 && harness.outputs[1].rows.isEmpty)
        let failing = FileSourceOptions(["/in"], format: .json)
        let stops = try reader(failing, world, try splits(failing, world))
        #expect {
            try stops.run()
        } throws: { error in
            let error = error as? WeirError
            return error?.code == .malformedRecord
                && error?.position == "/in/a.jsonl, record at byte 8"
                && error?.fix.contains("FileSourceOptions.onMalformed") == true
        }
    }

    @Test("a file that was cut since it was found is refused, wherever", arguments: [0, 8])
    func cut(length: Int) throws {
        let world = SimulatedWorld(seed: 6)
        try write("{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n", "/in/a.jsonl", world)
        let options = FileSourceOptions(["/in"], format: .json)
        let found = try splits(options, world)
        try world.files.open("/in/a.jsonl", .readWrite).truncate(to: length)
        let harness = try reader(options, world, found)
        #expect {
            try harness.run()
        } throws: {
            ($0 as? WeirError)?.code == .inputChanged
        }
    }

    @Test("a watched directory's new files are read, each once, also after a restore")
    func watching() throws {
        let world = SimulatedWorld(seed: 6)
        try write(lines(0..<3), "/in/a.jsonl", world)
        let options = FileSourceOptions(["/in"], format: .json, watchMilliseconds: 100)
        let enumerator = try #require(description(options).enumerator)
        let first = try OperatorHarness(
            try enumerator.factory(),
            world,
            outputs: [enumerator.schema]
        )
        #expect(try first.run() != .finished)
        #expect(first.outputs[0].rows.count == 1)
        try write(lines(3..<6), "/in/b.jsonl", world)
        world.advance(by: 200_000_000)
        try first.run()
        #expect(first.outputs[0].rows.map { $0[0] } == ["/in/a.jsonl", "/in/b.jsonl"])
        let state = try first.snapshot(1)
        try write(lines(6..<9), "/in/c.jsonl", world)
        let second = try OperatorHarness(
            try enumerator.factory(),
            world,
            outputs: [enumerator.schema],
            checkpoint: 1,
            restored: state
        )
        try second.run()
        #expect(second.outputs[0].rows.map { $0[0] } == ["/in/c.jsonl"])
    }

    @Test("a header without a wanted column names the file, its columns and the job's")
    func badHeader() throws {
        let world = SimulatedWorld(seed: 9)
        try write("a,c\n1,2\n", "/in/a.csv", world)
        let options = FileSourceOptions(["/in"], format: .csv(CSVOptions()))
        let harness = try reader(options, world, try splits(options, world))
        let error = #expect(throws: WeirError.self) { try harness.run() }
        #expect(error?.code == .malformedRecord)
        #expect(error?.message == "The header of a CSV file has no column b.")
        #expect(error?.position == "/in/a.csv, line 1, the header")
        #expect(error?.reason == "It has a, c.")
        #expect(error?.fix.contains("as the job does: a, b.") == true)
    }

    /// What an enumerator deals out that goes on from the snapshot of one with other paths.
    private func resume(
        _ former: [String],
        _ paths: [String],
        watchMilliseconds: Int64? = nil,
        _ world: SimulatedWorld
    ) throws -> [Value] {
        let enumerators = try [former, paths].map { paths in
            let options = FileSourceOptions(
                paths,
                format: .json,
                watchMilliseconds: watchMilliseconds
            )
            return try #require(description(options).enumerator)
        }
        let first = try OperatorHarness(
            try enumerators[0].factory(),
            world,
            outputs: [enumerators[0].schema]
        )
        try first.run()
        let second = try OperatorHarness(
            try enumerators[1].factory(),
            world,
            outputs: [enumerators[1].schema],
            checkpoint: 1,
            restored: try first.snapshot(1)
        )
        try second.run()
        return second.outputs[0].rows.map { $0[0] }
    }

    @Test(
        "a bounded input goes on under any spelling of its paths, and as another one it is refused"
    )
    func otherInput() throws {
        let world = SimulatedWorld(seed: 10)
        try write(lines(0..<3), "/in/a.jsonl", world)
        try world.files.makeDirectory("/other")
        for same in [["/in"], ["in"], ["./in/"], ["/./in//."], ["/in", "in"]] {
            #expect(try resume(["/in"], same, world).isEmpty)
            #expect(try resume(same, ["/in"], world).isEmpty)
        }
        for other in [["/other"], ["/in", "/other"], ["/in/a.jsonl"]] {
            let error = #expect(throws: WeirError.self) { try resume(["/in"], other, world) }
            #expect(error?.code == .inputChanged)
            #expect(error?.exitCode == 3)
            #expect(error?.message.contains(other[0]) == true)
            #expect(error?.message.hasSuffix("in the middle of /in.") == true)
        }
    }

    @Test("watched directories may be others after a restore: only new files are read")
    func otherWatched() throws {
        let world = SimulatedWorld(seed: 11)
        try write(lines(0..<3), "/in/a.jsonl", world)
        try world.files.makeDirectory("/new")
        try write(lines(3..<6), "/new/b.jsonl", world)
        let found = try resume(["in"], ["/in", "/new"], watchMilliseconds: 100, world)
        #expect(found == ["/new/b.jsonl"])
    }

    @Test("the snapshot of version 1 has these bytes")
    func golden() throws {
        let world = SimulatedWorld(seed: 8)
        try write(lines(0..<3), "/in/a", world)
        let options = FileSourceOptions(["/in/a"], format: .json)
        let harness = try reader(options, world, try splits(options, world))
        try harness.run(1)
        let element = try #require(try harness.snapshot(1).first?.elements.first)
        var writer = ByteWriter()
        writer.append(byte: 1)
        writer.append(string: "/in/a")
        for number: Int64 in [0, 60, 0, .min] { writer.append(integer: number) }
        #expect(element == writer.array)
    }

    @Test("a path that is not there is named")
    func missing() throws {
        let world = SimulatedWorld(seed: 7)
        let options = FileSourceOptions(["/nowhere"], format: .json)
        #expect {
            try splits(options, world)
        } throws: {
            ($0 as? WeirError)?.code == .fileMissing
        }
    }
}

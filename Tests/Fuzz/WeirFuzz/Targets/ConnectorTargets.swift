import WeirConnectors
import WeirCore
import WeirData
import WeirOperators

/// Records of files and sockets, and what sources and sinks keep in snapshots and in names.
enum ConnectorTargets {
    static let all = [json, csv, fileSplit, generatorSplit, pendingPart, outputClaim, partName]

    // MARK: Records

    private static let json = Target(name: "json") { chance in
        let tokens = [
            "{", "}", "[", "]", "\"", ":", ",", "\\", "\\u", "\\ud83d\\ude00", "\\u0000", "null",
            "true", "false", "-", "1e999", "0.", "1E-400", "9223372036854775808", "\n", "\r\n",
            "\"c0\":", "\"c1\":", "99999999999999999999999999999999999999",
        ]
        return records(.json, tokens, &chance)
    }

    private static let csv = Target(name: "csv") { chance in
        let options = CSVOptions(
            delimiter: chance.choose([44, 59, 9]),
            hasHeader: chance.flag(),
            nullLiterals: chance.choose([[""], ["NULL", ""], []]),
            allowsMultilineFields: chance.flag()
        )
        let tokens = [
            "\"", "\"\"", ",", ";", "\t", "\n", "\r\n", "\r", "NULL", "c0", "c1", "+1", "1.5e3",
        ]
        return records(.csv(options), tokens, &chance)
    }

    private static func records(
        _ format: RecordFormat,
        _ tokens: [String],
        _ chance: inout Chance
    ) -> Sample {
        let schema = chance.schema(most: 4)
        let inputs = (0..<3).map { _ in
            text(chance.batch(schema, rows: chance.length(6)), format)
        }
        let most = chance.choose([8 << 20, 200])
        return Sample(
            inputs,
            mayRefuse: true,
            tokens: tokens.map { Array($0.utf8) },
            // The byte behind the input is written.
            padding: RecordDecoder.padding
        ) { bytes throws(WeirError) in
            let batches = try decode(bytes, schema, format, most)
            return again(batches, schema, format)
        }
    }

    private static func text(_ batch: Batch, _ format: RecordFormat) -> [UInt8] {
        let encoder = format.makeEncoder(batch.schema)
        let rows = RowSelection(batch)
        var writer = ByteWriter()
        encoder.encodeHeader(into: &writer)
        do {
            for position in 0..<rows.count {
                try encoder.encode(batch, row: rows[position], into: &writer)
            }
        } catch {
            preconditionFailure("rows that are right are not encoded: \(error)")
        }
        return writer.array
    }

    /// Decodes all records as a source does; malformed ones are passed over.
    private static func decode(
        _ bytes: UnsafeMutableRawBufferPointer,
        _ schema: Schema,
        _ format: RecordFormat,
        _ mostBytes: Int
    ) throws(WeirError) -> [Batch] {
        let decoder = format.makeDecoder(schema)
        decoder.maxRecordBytes = mostBytes
        var position = 0
        if decoder.hasHeader {
            let whole = UnsafeRawBufferPointer(bytes)
            position = decoder.endOfRecord(whole, from: 0) ?? bytes.count
            try decoder.readHeader(
                UnsafeRawBufferPointer(rebasing: whole[..<position]).withoutLineEnd
            )
        }
        var batches: [Batch] = []
        var steps = 0
        while position < bytes.count {
            steps += 1
            precondition(steps <= 2 * bytes.count + 2, "the decoder does not move on")
            let batch = Batch(schema, capacity: 4)
            let progress = decoder.decode(
                bytes,
                from: position,
                isAtEnd: true,
                into: batch,
                row: 0,
                limit: 4
            )
            precondition(progress.end >= position && progress.end <= bytes.count, "it went astray")
            batch.setRowCount(progress.rows)
            if progress.rows > 0 { batches.append(batch) }
            if let failure = progress.failure { _ = failure.text }
            if progress.end == position { break }
            position = progress.end
        }
        return batches
    }

    /// Rows that were decoded are encoded, and decoded again to the same.
    private static func again(
        _ batches: [Batch],
        _ schema: Schema,
        _ format: RecordFormat
    ) -> String? {
        for batch in batches {
            for row in 0..<batch.rowCount {
                do throws(WeirError) {
                    let problem = try again(batch, row, schema, format)
                    if let problem { return problem }
                } catch {
                    return "a row that was decoded is refused: \(error)"
                }
            }
        }
        return nil
    }

    private static func again(
        _ batch: Batch,
        _ row: Int,
        _ schema: Schema,
        _ format: RecordFormat
    ) throws(WeirError) -> String? {
        let encoder = format.makeEncoder(schema)
        var writer = ByteWriter()
        encoder.encodeHeader(into: &writer)
        try encoder.encode(batch, row: row, into: &writer)
        let count = writer.count
        writer.append(zeros: RecordDecoder.padding)
        let bytes = UnsafeMutableRawBufferPointer(start: writer.base, count: count)
        let rows = try decode(bytes, schema, format, 8 << 20)
        guard rows.count == 1, rows[0].rowCount == 1 else {
            // A row without columns is an empty line of CSV, and years have four digits in text.
            if case .csv = format, schema.columns.isEmpty { return nil }
            if try hasFarTime(batch, row) { return nil }
            return "\(try batch.rowText(row)) becomes \(rows.count) batches"
        }
        let (before, after) = (try batch.rowText(row), try rows[0].rowText(0))
        return before == after ? nil : "\(before) becomes \(after)"
    }

    /// Whether a date or a time of the row lies outside of the years 0 to 9999, which a number can.
    private static func hasFarTime(_ batch: Batch, _ row: Int) throws(WeirError) -> Bool {
        let first = CivilCalendar.days(year: 0, month: 1, day: 1)
        let last = CivilCalendar.days(year: 9999, month: 12, day: 31)
        return try batch.values(row: row).contains { value in
            switch value {
            case .date(let date): return !(first...last).contains(Int(date.days))
            case .timestamp(let moment):
                let days = moment.nanoseconds / 86_400_000_000_000
                return days <= Int128(first) || days > Int128(last)
            default: return false
            }
        }
    }

    // MARK: Snapshots

    private static let fileSplit = Target(name: "file-split") { chance in
        let inputs = (0..<3).map { _ in
            let start = chance.number(below: 1 << 62)
            var split = FileSplit(
                path: chance.text(),
                start: start,
                end: start + chance.below(1 << 40)
            )
            split.position = start + chance.below(1 << 40)
            split.watermark = chance.number()
            return split.encoded()
        }
        return Sample(inputs) { bytes throws(WeirError) in
            let split = try FileSplit(encoded: [UInt8](bytes))
            return roundTrip(split, encode: { $0.encoded() }) { bytes throws(WeirError) in
                try FileSplit(encoded: bytes)
            }
        }
    }

    private static let generatorSplit = Target(name: "generator-split") { chance in
        let cycle = Int64(1 + chance.below(50))
        let strategy = WatermarkStrategy.boundedDisorder(milliseconds: Int64(chance.below(1000)))
        let inputs = (0..<3).map { _ in
            let count = Int64(1 + chance.below(100))
            let index = Int64(chance.below(Int(count)))
            var split = GeneratorSplit(index: index, of: count, cycle: cycle, strategy)
            for _ in 0..<chance.below(20) { split.advance() }
            return split.encoded()
        }
        return Sample(inputs) { bytes throws(WeirError) in
            var split = try GeneratorSplit([UInt8](bytes), cycle: cycle, strategy)
            let problem = roundTrip(split, encode: { $0.encoded() }) { bytes throws(WeirError) in
                try GeneratorSplit(bytes, cycle: cycle, strategy)
            }
            split.advance()
            return problem
        }
    }

    private static let pendingPart = Target(name: "pending-part") { chance in
        let inputs = (0..<3).map { _ in
            let epoch = chance.unsigned()
            let (subtask, counter) = (chance.number(below: 1 << 20), chance.below(100))
            return PendingPart(
                epoch: epoch,
                hiddenName: PartName.hidden(
                    subtask: subtask,
                    counter: counter,
                    attempt: Attempt(chance.unsigned()),
                    job: JobID(number: chance.unsigned()),
                    fileExtension: "csv"
                ),
                name: PartName.committed(
                    epoch: epoch,
                    subtask: subtask,
                    counter: counter,
                    fileExtension: "csv"
                ),
                size: chance.number(below: 1 << 50)
            ).encoded()
        }
        return Sample(inputs) { bytes throws(WeirError) in
            let part = try PendingPart(encoded: [UInt8](bytes))
            if part.subtask < 0 { return "a negative subtask" }
            return roundTrip(part, encode: { $0.encoded() }) { bytes throws(WeirError) in
                try PendingPart(encoded: bytes)
            }
        }
    }

    private static let outputClaim = Target(name: "output-claim") { chance in
        let inputs = (0..<3).map { _ in
            let parallelism = 1 + chance.number(below: 1 << 30)
            return OutputClaim(
                owner: chance.text(),
                former: chance.text(),
                after: chance.unsigned(),
                subtask: Subtask(index: chance.below(parallelism), parallelism: parallelism),
                isPending: chance.flag()
            ).encoded()
        }
        return Sample(inputs) { bytes throws(WeirError) in
            let claim = try OutputClaim(encoded: [UInt8](bytes))
            return roundTrip(claim, encode: { $0.encoded() }) { bytes throws(WeirError) in
                try OutputClaim(encoded: bytes)
            }
        }
    }

    // MARK: Names

    private static let partName = Target(name: "part-name") { chance in
        let (subtask, epoch) = (chance.number(below: 1 << 20), chance.unsigned())
        let names = [
            PartName.committed(epoch: epoch, subtask: subtask, counter: 3, fileExtension: "csv"),
            PartName.hidden(
                subtask: subtask,
                counter: 1,
                attempt: Attempt(epoch),
                job: JobID(number: 5),
                fileExtension: "jsonl"
            ), PartName.mark(subtask: subtask, epoch: epoch),
        ]
        let tokens = ["-", ".", "part-", ".part-", ".committed-", ".finished-", "-1", "+1"]
        return Sample(names.map { Array($0.utf8) }, tokens: tokens.map { Array($0.utf8) }) {
            bytes throws(WeirError) in
            let name = String(decoding: bytes, as: UTF8.self)
            let subtasks = [
                PartName.parse(committed: name)?.subtask, PartName.parse(hidden: name)?.subtask,
                PartName.parse(mark: name)?.subtask, PartName.parse(finished: name),
            ].compactMap { $0 }
            guard !subtasks.isEmpty else { throw WeirError(.corruptBytes, "Another file.") }
            return subtasks.allSatisfy { $0 >= 0 } ? nil : "a negative subtask"
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The bytes of a line without its end.
    fileprivate var withoutLineEnd: UnsafeRawBufferPointer {
        var count = self.count
        if count > 0, self[count - 1] == UInt8(ascii: "\n") { count -= 1 }
        if count > 0, self[count - 1] == UInt8(ascii: "\r") { count -= 1 }
        return UnsafeRawBufferPointer(rebasing: self[..<count])
    }
}

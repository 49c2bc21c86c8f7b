import Testing
import WeirConnectors
import WeirCore
import WeirData

@Suite struct JSONRecordDecoderTests {
    @Test("every value of the corpus that is JSON is taken, wanted or skipped")
    func accepted() throws {
        for (name, text) in JSONCorpus.accepted {
            try check(name, [UInt8](text.utf8), isAccepted: true)
        }
    }

    @Test("every value of the corpus that is not JSON is refused, wanted or skipped")
    func rejected() throws {
        for (name, text) in JSONCorpus.rejected {
            try check(name, [UInt8](text.utf8), isAccepted: false)
        }
        for (name, bytes) in JSONCorpus.notUTF8 {
            try check(name, [0x22] + bytes + [0x22], isAccepted: false)
        }
        #expect(
            JSONCorpus.accepted.count + JSONCorpus.rejected.count + JSONCorpus.chosen.count >= 150
        )
    }

    @Test("where the standard leaves a choice, ours is kept")
    func chosen() throws {
        for (name, text, isAccepted) in JSONCorpus.chosen {
            try check(name, [UInt8](text.utf8), isAccepted: isAccepted)
        }
    }

    private func check(_ name: String, _ text: [UInt8], isAccepted: Bool) throws {
        let record = [UInt8]("{\"v\":".utf8) + text + [UInt8]("}".utf8)
        for schema in [Schema.empty, nullable(("v", .string))] {
            let result = try decodeAll(JSONRecordDecoder(schema), record)
            #expect(
                (result.failures.isEmpty && result.rows.count == 1) == isAccepted,
                "\(name), columns \(schema.columns.count): \(result.failures)"
            )
        }
        if !name.contains("0000") {
            #expect(
                (ReferenceJSON.parse(record) != nil) == isAccepted || name.contains("deep"),
                "\(name)"
            )
        }
    }

    @Test("records are objects, one a line")
    func records() throws {
        let schema = nullable(("a", .int64))
        func rows(_ text: String) throws -> Decoded {
            try decodeAll(JSONRecordDecoder(schema), text)
        }
        #expect(try rows("").rows.isEmpty)
        #expect(try rows("\n\n \n\r\n").rows.isEmpty)
        #expect(try rows("{\"a\":1}").rows == [[1]])
        #expect(try rows("{\"a\":1}\r\n{\"a\":2}\r\n").rows == [[1], [2]])
        #expect(try rows(" {\"a\":1} \n\t{\"a\":2}\t").rows == [[1], [2]])
        for text in ["[1]", "1", "\"a\"", "null", "{\"a\":1}{\"a\":2}", "{\"a\":1} x", "{\"a\":1"] {
            let result = try rows(text + "\n{\"a\":7}")
            #expect(result.rows == [[7]], "\(text)")
            #expect(result.failures.count == 1, "\(text)")
        }
    }

    @Test("values become the columns' types")
    func types() throws {
        func value(_ type: LogicalType, _ text: String) throws -> Value? {
            let result = try decodeAll(JSONRecordDecoder(nullable(("v", type))), "{\"v\":\(text)}")
            return result.rows.first?.first
        }
        func isRefused(_ type: LogicalType, _ text: String) throws -> Bool {
            let result = try decodeAll(JSONRecordDecoder(nullable(("v", type))), "{\"v\":\(text)}")
            return result.rows.isEmpty && result.failures.count == 1
        }
        #expect(try value(.int8, "127") == 127)
        #expect(try isRefused(.int8, "128"))
        #expect(try value(.int64, "-9223372036854775808") == .integer(.min))
        #expect(try isRefused(.int64, "9223372036854775808"))
        #expect(try value(.int64, "1e3") == 1000)
        #expect(try value(.int64, "1.50e1") == 15)
        #expect(try isRefused(.int64, "1.5"))
        #expect(try value(.int64, "\"42\"") == 42)
        #expect(try isRefused(.int64, "true"))
        #expect(try isRefused(.double, "1e400"))
        #expect(try value(.double, "5e-324") == .double(.leastNonzeroMagnitude))
        #expect(try value(.double, "0.1") == 0.1)
        #expect(
            try value(.double, "123456789012345678901234567890") == 1.2345678901234568e29
        )
        #expect(try value(.double, "\"-Infinity\"") == .double(-.infinity))
        #expect(try value(.float, "0.1") == .float(0.1))
        #expect(try value(.boolean, "true") == true)
        #expect(try value(.boolean, "\"FALSE\"") == false)
        #expect(try isRefused(.boolean, "1.5"))
        #expect(try value(.string, "\"a\\u00e9\\n\"") == "aé\n")
        #expect(try value(.string, "[1, {\"a\" : 2}]") == "[1, {\"a\" : 2}]")
        #expect(try value(.string, "1.50") == "1.50")
        #expect(try value(.bytes, "\"AP8=\"") == .bytes([0, 255]))
        #expect(try isRefused(.bytes, "\"A\""))
        let cents = LogicalType.decimal(precision: 5, scale: 2)
        #expect(try value(cents, "1.235") == .decimal(Decimal(unscaled: 124, scale: 2)))
        #expect(try value(cents, "\"-1.2\"") == .decimal(Decimal(unscaled: -120, scale: 2)))
        #expect(try isRefused(cents, "1000"))
        let moment = LogicalType.timestamp(precision: 3, isLocalZone: false)
        #expect(
            try value(moment, "\"2013-01-01T05:00:00.5Z\"")
                == .timestamp(milliseconds: 1_357_016_400_500)
        )
        #expect(try value(moment, "1357016400500") == .timestamp(milliseconds: 1_357_016_400_500))
        #expect(try isRefused(moment, "\"2013-01-01T05\""))
        #expect(try value(.date, "\"1970-01-02\"") == .date(CalendarDate(days: 1)))
        #expect(
            try value(.time(precision: 0), "\"00:00:01\"")
                == .time(TimeOfDay(nanoseconds: 1_000_000_000))
        )
        #expect(try value(.array(.int32), "[1, null, 3]") == .array([1, nil, 3]))
        #expect(try isRefused(.array(.int32), "[1, \"x\"]"))
        #expect(try isRefused(.array(.int32), "{}"))
        let map = LogicalType.map(key: .string, value: .double)
        #expect(try value(map, "{\"a\":1.5,\"a\":2.5}") == .map([.init("a", 2.5)]))
        let row = LogicalType.row([.init("x", .int64), .init("y", .array(.string))])
        #expect(try value(row, "{\"y\":[\"q\"],\"z\":{},\"x\":1}") == .row([1, .array(["q"])]))
        #expect(try value(row, "{}") == .row([nil, nil]))
        for type in RandomValues.types { #expect(try value(type, "null") == .some(.null)) }
    }

    @Test("the last of repeated keys counts, missing keys are NULL, keys are found in any order")
    func keys() throws {
        let schema = nullable(("a", .int64), ("long-key-of-a-column", .string), ("c", .int64))
        let text = """
            {"a":1,"long-key-of-a-column":"x","c":3}
            {"c":3,"a":1}
            {"a":1,"a":null,"b":[{}],"a":2}
            {"long-key-of-a-columm":"no","long-key-of-a-column-":"no","\\u0061":5}
            {}
            """
        #expect(
            try decodeAll(JSONRecordDecoder(schema), text).rows
                == [[1, "x", 3], [1, nil, 3], [2, nil, nil], [5, nil, nil], [nil, nil, nil]]
        )
    }

    @Test("keys that look like the rest of a line do not deceive the prediction")
    func predictedKeys() throws {
        let schema = nullable(("a\"b", .int64), ("c\\n", .int64))
        let text =
            "{\"a\\\"b\":1,\"c\\\\n\":2}\n{\"a\"b\":1}\n{\"c\\n\":3}\n{\"a\\\"b\":4,\"c\\\\n\":5}"
        let result = try decodeAll(JSONRecordDecoder(schema), text)
        #expect(result.rows == [[1, 2], [nil, nil], [4, 5]])
        #expect(result.failures.count == 1)
    }

    @Test("a predicted key is compared to its last byte, whatever its length")
    func keyLengths() throws {
        for count in 1...60 {
            let name = String((0..<count).map { Character(UnicodeScalar(UInt8(97 + $0 % 26))) })
            let decoder = JSONRecordDecoder(nullable((name, .int64), ("after", .int64)))
            var text = "{\"\(name)\":1,\"after\":2}\n{\"\(name)\" : 3 , \"after\": 4}\n"
            var expected: [[Value]] = [[1, 2], [3, 4]]
            for place in 0..<count {
                var other = Array(name)
                other[place] = "-"
                text += "{\"\(String(other))\":5,\"after\":6}\n{\"\(name)\":7,\"after\":8}\n"
                expected += [[nil, 6], [7, 8]]
            }
            text += "{\"\(name)x\":1}\n{\"\(name.dropLast())\":1}\n"
            expected += [[nil, nil], [nil, nil]]
            #expect(try decodeAll(decoder, text).rows == expected, "\(count) bytes")
        }
    }

    @Test("a column that is NOT NULL needs a value")
    func notNull() throws {
        let decoder = JSONRecordDecoder(Schema([ColumnDescriptor("a", id: 1, .int64)]))
        let result = try decodeAll(decoder, "{\"a\":null}\n{}\n{\"a\":1}")
        #expect(result.rows == [[1]])
        #expect(result.failures.map(\.reason) == [.nullNotAllowed, .missing])
        #expect(result.failures.map(\.column) == ["a", "a"])
    }

    @Test("a failure says where in the record it is")
    func positions() throws {
        let decoder = JSONRecordDecoder(nullable(("a", .int64)))
        let failures = try decodeAll(
            decoder,
            "{\"a\":1}\n{\"a\": x}\r\n{\"b\":\"\\q\"}\n{\"a\":12.5}"
        ).failures
        #expect(failures.map(\.position) == [6, 6, 5])
        #expect(failures.map(\.record) == [8..<16, 18..<28, 29..<39])
        #expect(failures.map(\.reason) == [.unexpectedCharacter, .badEscape, .badNumber])
    }

    @Test("more keys than the table holds, and more columns than a word has bits")
    func manyKeys() throws {
        let names = (0..<300).map { "column\($0)" }
        let schema = Schema(
            names.enumerated().map { ColumnDescriptor($1, id: $0, .int64, isNullable: true) }
        )
        let members = names.enumerated().map { "\"\($1)\":\($0),\"other\($0)\":[]" }
        let line = "{" + members.joined(separator: ",") + "}\n"
        let expected: [Value] = names.indices.map { .integer(Int64($0)) }
        let rows = try decodeAll(JSONRecordDecoder(schema), line + line + "{\"column299\":1}").rows
        #expect(rows.count == 3)
        #expect(rows[0] == expected && rows[1] == expected)
        #expect(rows[2].dropLast().allSatisfy { $0 == .null } && rows[2].last == 1)
    }

    @Test("a record over the limit is refused, wherever it is cut")
    func tooLong() throws {
        let decoder = JSONRecordDecoder(nullable(("a", .string)))
        decoder.maxRecordBytes = 20
        let text =
            "{\"a\":\"123456789012\"}\n{\"a\":\"1234567890123\"}\n{bad, and far too long}\n{\"a\":1}"
        let result = try decodeAll(decoder, text)
        #expect(result.rows == [["123456789012"], ["1"]])
        #expect(result.failures.map(\.reason) == [.tooLong, .tooLong])
    }

    @Test("random and mutated lines: as the slow reference says", arguments: 0..<40)
    func differential(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        let schema = nullable(("a", .string), ("b", .double), ("c", .int64), ("d", .boolean))
        for _ in 0..<150 {
            var line = [UInt8](random.jsonObject(depth: 3).utf8)
            if random.chance(60) { random.mutate(&line) }
            line.removeAll { $0 == 0x0a }
            let reference = ReferenceJSON.parse(line)
            let skipped = try decodeAll(JSONRecordDecoder(.empty), line)
            let isBlank = line.allSatisfy { [0x20, 0x09, 0x0d].contains($0) }
            var isObject = false
            if case .object = reference { isObject = true }
            #expect(
                skipped.rows.count == (isObject ? 1 : 0)
                    && skipped.failures.count == (isObject || isBlank ? 0 : 1),
                "seed \(seed): \(String(decoding: line, as: UTF8.self)) \(skipped.failures)"
            )
            guard case .object(let members) = reference else { continue }
            let result = try decodeAll(JSONRecordDecoder(schema), line)
            guard let row = result.rows.first else { continue }
            for (index, column) in schema.columns.enumerated() {
                let last = members.last { $0.key == column.name }?.value ?? .null
                try compare(
                    row[index],
                    last,
                    "seed \(seed): \(String(decoding: line, as: UTF8.self))"
                )
            }
        }
    }

    private func compare(_ value: Value, _ reference: ReferenceJSON, _ note: String) throws {
        switch (value, reference) {
        case (.null, .null): break
        case (.string(let text), .string(let expected)): #expect(text == expected, "\(note)")
        case (.string, .number), (.string, .boolean), (.string, .array), (.string, .object): break
        case (.double(let number), .number(let text)): #expect(number == Double(text), "\(note)")
        case (.integer(let number), .number(let text)):
            #expect(Double(number) == Double(text), "\(note)")
        case (.boolean(let flag), .boolean(let expected)): #expect(flag == expected, "\(note)")
        case (.double, .string(let text)), (.integer, .string(let text)):
            #expect(Double(text) != nil, "\(note)")
        case (.boolean, .string): break
        default: Issue.record("\(value) for \(reference): \(note)")
        }
    }

    @Test("the result does not depend on where the input is cut", arguments: 0..<40)
    func chunks(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        let schema = nullable(("a", .string), ("b", .double), ("c", .int64))
        var input: [UInt8] = []
        for _ in 0..<random.below(30) {
            var line = [UInt8](random.jsonObject(depth: 2).utf8)
            if random.chance(20) { random.mutate(&line) }
            input += line + (random.chance(20) ? [13, 10] : [10])
        }
        if random.chance(50), !input.isEmpty { input.removeLast() }
        let whole = try decodeAll(JSONRecordDecoder(schema), input, capacity: 1000)
        for _ in 0..<10 {
            let pieces = (0..<random.below(12)).map { _ in random.below(input.count + 1) }
            let decoder = JSONRecordDecoder(schema)
            let parts = try decodeAll(
                decoder,
                input,
                pieces: pieces,
                capacity: 1 + random.below(5)
            )
            #expect(parts == whole, "seed \(seed)")
        }
    }

    @Test("rows written as JSON are read back the same", arguments: 0..<40)
    func roundTrip(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        let schema = random.schema(columns: random.below(9))
        let batch = Batch(schema, capacity: 50)
        for _ in 0..<50 { try batch.append(random.row(schema)) }
        let encoder = JSONRecordEncoder(schema)
        var writer = ByteWriter()
        for row in 0..<50 { try encoder.encode(batch, row: row, into: &writer) }
        let result = try decodeAll(JSONRecordDecoder(schema), writer.array)
        #expect(result.failures == [])
        #expect(try result.rows == batch.allValues())
    }
}

import Testing
import WeirConnectors
import WeirCore
import WeirData

@Suite struct CSVRecordDecoderTests {
    private let schema = nullable(("a", .int64), ("b", .string), ("c", .double))
    private let options = CSVOptions(hasHeader: false, nullLiterals: ["", "NA"])

    private func decode(_ text: String, _ options: CSVOptions? = nil) throws -> Decoded {
        try decodeAll(CSVRecordDecoder(schema, options ?? self.options), text)
    }

    @Test("fields become the columns' types, null literals NULL")
    func fields() throws {
        let result = try decode("1,x,2.5\r\n-7,,NA\n+3,NA,1e3\nNA,\"NA\",\"0.5\"\n\n04,é,.5")
        #expect(result.failures == [])
        #expect(
            result.rows == [
                [1, "x", 2.5], [-7, nil, nil], [3, nil, 1000.0], [nil, "NA", 0.5], [4, "é", 0.5],
            ]
        )
    }

    @Test("quoted fields may hold delimiters, quotes and newlines")
    func quotes() throws {
        let result = try decode(
            "1,\"a,b\",1\n2,\"say \"\"hi\"\"\",2\n3,\"two\nlines\r\n\",3\n4,\"\",4\n5,\"\"\"\",5"
        )
        #expect(result.failures == [])
        #expect(
            result.rows.map { $0[1] } == ["a,b", "say \"hi\"", "two\nlines\r\n", "", "\""]
        )
    }

    @Test("octets whose text is that of a null literal are octets when they are read again")
    func octets() throws {
        let schema = nullable(("a", .bytes), ("b", .int64))
        let options = CSVOptions(hasHeader: false, nullLiterals: ["", "NULL"])
        let batch = Batch(schema, capacity: 3)
        // The base 64 of the first is `NULL`, that of the second is nothing.
        try batch.append([.bytes([0x35, 0x42, 0xCB]), 1])
        try batch.append([.bytes([]), 2])
        try batch.append([.null, 3])
        let encoder = CSVRecordEncoder(schema, options)
        var writer = ByteWriter()
        for row in 0..<3 { try encoder.encode(batch, row: row, into: &writer) }
        let result = try decodeAll(CSVRecordDecoder(schema, options), writer.array)
        #expect(result.rows == [[.bytes([0x35, 0x42, 0xCB]), 1], [.bytes([]), 2], [nil, 3]])
    }

    @Test("malformed records are named and the next one is read")
    func malformed() throws {
        let result = try decode(
            "x,a,1\n1,a\n1,a,1,1\n1,a\"b,1\n1,\"a\"b,1\n99999999999999999999,a,1\n"
                + "1,a,1.x\n2,ok,1\n3,\"open,1\n4,ok,1"
        )
        #expect(result.rows == [[2, "ok", 1.0], [4, "ok", 1.0]])
        #expect(
            result.failures.map(\.reason) == [
                .badNumber, .tooFewFields, .tooManyFields, .strayQuote, .strayQuote, .outOfRange,
                .badNumber, .unexpectedEnd,
            ]
        )
        #expect(result.failures.map(\.column) == ["a", "", "", "", "", "a", "c", ""])
        #expect(result.failures[1].record == 6..<9)
    }

    @Test("bytes that are not UTF-8 are refused in text that is wanted")
    func notUTF8() throws {
        let bytes: [UInt8] = [49, 44, 0xe9, 44, 50, 10, 50, 44, 98, 44, 51]
        let result = try decodeAll(CSVRecordDecoder(schema, options), bytes)
        #expect(result.rows == [[2, "b", 3.0]])
        #expect(result.failures.map(\.reason) == [.notUTF8])
    }

    @Test("columns are found by the header's names")
    func header() throws {
        let decoder = CSVRecordDecoder(schema, CSVOptions(delimiter: UInt8(ascii: ";")))
        try [UInt8]("x;c;\"b\";a".utf8).withUnsafeBytes { try decoder.readHeader($0) }
        #expect(try decodeAll(decoder, "no;1;two;3").rows == [[3, "two", 1.0]])
        #expect {
            try [UInt8]("a;b".utf8).withUnsafeBytes { try decoder.readHeader($0) }
        } throws: {
            ($0 as? WeirError)?.code == .malformedRecord
        }
    }

    @Test("without multi-line fields a newline always ends a record")
    func singleLine() throws {
        var single = options
        single.allowsMultilineFields = false
        let result = try decode("1,\"a\nb\",1\n2,ok,2\n", single)
        #expect(result.rows == [[2, "ok", 2.0]])
        #expect(result.failures.count == 2)
    }

    @Test("a record over the limit is refused up to its first newline")
    func tooLong() throws {
        let decoder = CSVRecordDecoder(schema, options)
        decoder.maxRecordBytes = 10
        let text = "1,123456,1\n2,1234567,1\n3,\"1234\n567890\",1\n4,ok,1"
        let result = try decodeAll(decoder, text)
        #expect(result.rows == [[1, "123456", 1.0], [4, "ok", 1.0]])
        #expect(result.failures.map(\.reason).prefix(2) == [.tooLong, .tooLong])
    }

    @Test("the result does not depend on where the input is cut", arguments: 0..<60)
    func chunks(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        let parts = [
            "1", ",", ",", "\n", "\n", "\r\n", "\"", "\"\"", "abc", "NA", "2.5", "é", "\"x,y\n\"",
        ]
        var input: [UInt8] = []
        for _ in 0..<(1 + random.below(60)) { input += Array(random.pick(parts).utf8) }
        let whole = try decodeAll(CSVRecordDecoder(schema, options), input, capacity: 1000)
        for _ in 0..<10 {
            let pieces = (0..<random.below(12)).map { _ in random.below(input.count + 1) }
            let decoder = CSVRecordDecoder(schema, options)
            let cut = try decodeAll(decoder, input, pieces: pieces, capacity: 1 + random.below(3))
            #expect(cut == whole, "seed \(seed): \(String(decoding: input, as: UTF8.self))")
        }
    }

    @Test("rows written as CSV are read back the same", arguments: 0..<40)
    func roundTrip(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        let schema = Schema(
            random.schema(columns: 2 + random.below(6)).columns.filter {
                switch $0.type {
                case .array, .map, .row: false
                default: true
                }
            } + [ColumnDescriptor("last", id: 99, .int64)]
        )
        let batch = Batch(schema, capacity: 50)
        for _ in 0..<50 { try batch.append(random.row(schema)) }
        let options = CSVOptions(nullLiterals: ["NULL"])
        let encoder = CSVRecordEncoder(schema, options)
        var writer = ByteWriter()
        encoder.encodeHeader(into: &writer)
        let header = writer.array.dropLast()
        writer.removeAll()
        for row in 0..<50 { try encoder.encode(batch, row: row, into: &writer) }
        let decoder = CSVRecordDecoder(schema, options)
        try Array(header).withUnsafeBytes { try decoder.readHeader($0) }
        let result = try decodeAll(decoder, writer.array)
        #expect(result.failures == [])
        #expect(try result.rows == batch.allValues())
    }
}

import Testing
import WeirCore
import WeirData

@Suite struct BatchCodecTests {
    @Test("a batch of any schema comes back with the rows that were selected", arguments: 0..<60)
    func roundTrip(seed: UInt64) throws {
        var rows = RandomRows(seed: seed)
        let schema = rows.schema(columns: rows.below(8))
        let batch = try rows.batch(schema, rows: rows.below(120))
        let bytes = encoded(batch)
        let decoded = try bytes.withReader { reader throws(WeirError) in
            let batch = try BatchCodec.decode(&reader, schema: schema)
            try reader.finish()
            return batch
        }
        #expect(try decoded.allValues() == batch.allValues())
        #expect(hiddenValues(decoded) == hiddenValues(batch))
        #expect(encoded(decoded) == bytes)
    }

    @Test("the rest of a batch is what is behind a position")
    func rest() throws {
        let schema = Schema([ColumnDescriptor("a", id: 1, .int64)])
        let batch = Batch(schema, capacity: 8)
        for number in 0..<5 { try batch.append([.integer(Int64(number))]) }
        var writer = ByteWriter()
        BatchCodec.encode(batch, from: 3, into: &writer)
        let decoded = try writer.array.withReader { reader throws(WeirError) in
            try BatchCodec.decode(&reader, schema: schema)
        }
        #expect(try decoded.allValues() == [[3], [4]])
    }

    @Test("changed or cut bytes are an error or another batch, never a trap", arguments: 0..<40)
    func hostile(seed: UInt64) throws {
        var rows = RandomRows(seed: seed)
        let schema = rows.schema(columns: 1 + rows.below(5))
        let original = encoded(try rows.batch(schema, rows: 20))
        for _ in 0..<200 {
            var bytes = original
            if rows.chance(30) { bytes.removeLast(rows.below(bytes.count)) }
            for _ in 0..<(1 + rows.below(4)) where !bytes.isEmpty {
                bytes[rows.below(bytes.count)] = UInt8(truncatingIfNeeded: rows.random.next())
            }
            let decoded = try? bytes.withReader { reader throws(WeirError) in
                try BatchCodec.decode(&reader, schema: schema)
            }
            _ = try? decoded?.allValues()
        }
    }

    @Test("rows that are told of and not there take no memory: they are refused at once")
    func announcedRows() throws {
        let schema = Schema(
            (1...100).map { ColumnDescriptor("c\($0)", id: $0, .string, isNullable: true) }
        )
        var bytes = encoded(Batch(schema, capacity: 1))
        bytes[4...7] = [0, 0, 1, 0]
        let error = #expect(throws: WeirError.self) {
            try bytes.withReader { reader throws(WeirError) in
                _ = try BatchCodec.decode(&reader, schema: schema)
            }
        }
        #expect(error?.reason == "65536 rows in a batch")
    }

    @Test("a batch in parts has the same rows, whatever the size of a part", arguments: 0..<20)
    func parts(seed: UInt64) throws {
        var rows = RandomRows(seed: seed)
        let schema = rows.schema(columns: 1 + rows.below(4))
        let batch = try rows.batch(schema, rows: rows.below(60))
        for mostBytes in [1, 50, 400, 1 << 20] {
            let parts = BatchCodec.parts(of: batch, mostBytes: mostBytes)
            let together = try parts.flatMap { try $0.allValues() }
            #expect(try together == batch.allValues(), "seed \(seed), \(mostBytes)")
            #expect(parts.flatMap(hiddenValues) == hiddenValues(batch))
            #expect(batch.count <= 1 || mostBytes > 1 || parts.count == batch.count)
        }
    }

    @Test("a batch of another schema is refused")
    func otherSchema() throws {
        let narrow = Schema([ColumnDescriptor("a", id: 1, .int32)])
        let wide = Schema([ColumnDescriptor("a", id: 1, .int64)])
        let bytes = encoded(Batch(narrow, capacity: 1))
        #expect {
            try bytes.withReader { reader throws(WeirError) in
                _ = try BatchCodec.decode(&reader, schema: wide)
            }
        } throws: {
            ($0 as? WeirError)?.code == .incompatibleState
        }
    }

    @Test("the format of version 1 has these bytes")
    func golden() throws {
        let schema = Schema([
            ColumnDescriptor("a", id: 1, .int16),
            ColumnDescriptor("b", id: 2, .string, isNullable: true),
        ])
        let batch = Batch(schema, capacity: 4)
        try batch.append([1, "x"], eventTime: 5, splitWatermark: 2)
        try batch.append([-2, nil], eventTime: 6, splitWatermark: 2, kind: .delete)
        #expect(
            hexadecimal(encoded(batch))
                == "0106020002000000ffee1948e0258eec" + "05000000000000000600000000000000"
                + "0200000000000000" + "0003" + "000100feff" + "0101" + "0100000000000000" + "78"
        )
    }

    private func encoded(_ batch: Batch) -> [UInt8] {
        var writer = ByteWriter()
        BatchCodec.encode(batch, into: &writer)
        return writer.array
    }
}

import Testing
import WeirCore
import WeirData

@Suite struct RowCodecTests {
    @Test("rows come back with times and kind, whatever the columns", arguments: 0..<60)
    func roundTrip(seed: UInt64) throws {
        var rows = RandomRows(seed: seed)
        let schema = rows.schema(columns: rows.below(8))
        let batch = try rows.batch(schema, rows: 50)
        batch.select(nil)
        let codec = RowCodec(schema, includesTimes: true, includesKind: true)
        let copy = Batch(schema, capacity: 50)
        let kinds = copy.makeRowKinds().kinds
        for row in 0..<50 {
            var writer = ByteWriter()
            codec.encode(
                batch.columnReferences,
                kinds: batch.rowKinds?.kinds,
                row: row,
                into: &writer
            )
            #expect(!codec.isFixedWidth || writer.count == codec.fixedSize)
            #expect(codec.decode(writer.bytes, into: copy.columnReferences, kinds: kinds, row: row))
        }
        copy.setRowCount(50)
        #expect(try copy.allValues() == batch.allValues())
        #expect(hiddenValues(copy) == hiddenValues(batch))
    }

    @Test("some columns go to other places")
    func targets() throws {
        let schema = Schema([
            ColumnDescriptor("a", id: 1, .int64), ColumnDescriptor("b", id: 2, .string),
            ColumnDescriptor("c", id: 3, .int32, isNullable: true),
        ])
        let joined = Schema([
            ColumnDescriptor("x", id: 1, .int32, isNullable: true),
            ColumnDescriptor("y", id: 2, .string),
        ])
        let batch = Batch(schema, capacity: 2)
        try batch.append([1, "a string that is longer than twelve", 7])
        try batch.append([2, "b", nil])
        let codec = RowCodec(schema, columns: [1, 2], targets: [1, 0], includesTimes: false)
        let output = Batch(joined, capacity: 2)
        for row in 0..<2 {
            var writer = ByteWriter()
            codec.encode(batch.columnReferences, row: row, into: &writer)
            #expect(codec.decode(writer.bytes, into: output.columnReferences, row: row))
        }
        output.setRowCount(2)
        #expect(
            try output.allValues() == [[7, "a string that is longer than twelve"], [nil, "b"]]
        )
    }

    @Test("changed or cut bytes are refused or decode to another row", arguments: 0..<20)
    func hostile(seed: UInt64) throws {
        var rows = RandomRows(seed: seed)
        let schema = rows.schema(columns: 5)
        let batch = try rows.batch(schema, rows: 1)
        let codec = RowCodec(schema, includesKind: true)
        var writer = ByteWriter()
        codec.encode(batch.columnReferences, row: 0, into: &writer)
        let original = writer.array
        for _ in 0..<300 {
            var bytes = original
            if rows.chance(30) { bytes.removeLast(rows.below(bytes.count + 1)) }
            if !bytes.isEmpty {
                bytes[rows.below(bytes.count)] = UInt8(truncatingIfNeeded: rows.random.next())
            }
            let output = Batch(schema, capacity: 1)
            let isDecoded = bytes.withUnsafeBytes {
                codec.decode($0, into: output.columnReferences, row: 0)
            }
            output.setRowCount(1)
            if isDecoded { _ = try? output.allValues() }
        }
    }

    @Test("the layout is the documented one")
    func golden() throws {
        let schema = Schema([
            ColumnDescriptor("a", id: 1, .string), ColumnDescriptor("b", id: 2, .int32),
            ColumnDescriptor("c", id: 3, .int16, isNullable: true),
        ])
        let batch = Batch(schema, capacity: 1)
        try batch.append(["hi", 258, nil], eventTime: 1, splitWatermark: 2)
        var writer = ByteWriter()
        RowCodec(schema, includesKind: true).encode(batch.columnReferences, row: 0, into: &writer)
        #expect(
            hexadecimal(writer.bytes)
                == "00" + "0100000000000000" + "0200000000000000" + "01" + "02010000" + "0000"
                + "02000000" + "6869"
        )
    }
}

import Testing
import WeirCore
import WeirData

@Suite struct KeyCodecTests {
    @Test("keys decode into the columns they came from", arguments: 0..<60)
    func roundTrip(seed: UInt64) throws {
        var rows = RandomRows(seed: seed)
        let schema = rows.schema(columns: 1 + rows.below(3))
        let indices = Array(schema.columns.indices)
        let batch = try rows.batch(schema, rows: 40)
        let codec = KeyCodec(schema, columns: indices)
        let keys = ExtractedKeys(codec.layout)
        codec.extract(batch, into: keys)
        #expect(keys.count == batch.count)
        let copy = Batch(schema, capacity: 40)
        let selected = RowSelection(batch)
        for position in 0..<keys.count {
            let key = keys.key(position)
            try codec.decode(key, into: copy.columnReferences, targets: indices, row: position)
            #expect(keys.hashes[position] == KeyHash.hash(key))
            var writer = ByteWriter()
            codec.encode(batch.columnReferences, row: selected[position], into: &writer)
            #expect(writer.array == [UInt8](key))
        }
        copy.setRowCount(keys.count)
        let again = ExtractedKeys(codec.layout)
        codec.extract(copy, into: again)
        for position in 0..<keys.count {
            #expect([UInt8](keys.key(position)) == [UInt8](again.key(position)))
        }
    }

    @Test("equal numbers are equal keys: zero, NaN, and the scale of a DECIMAL")
    func canonical() throws {
        #expect(try key(.double, -0.0) == key(.double, 0.0))
        #expect(try key(.double, .double(-.nan)) == key(.double, .double(.nan)))
        #expect(try key(.float, .float(-.nan)) == key(.double, .double(.nan)))
        let narrow = LogicalType.decimal(precision: 10, scale: 2)
        let wide = LogicalType.decimal(precision: 30, scale: 10)
        let short = Decimal(unscaled: 150, scale: 2)
        let long = Decimal(unscaled: 15_000_000_000, scale: 10)
        #expect(try key(narrow, .decimal(short)) == key(wide, .decimal(long)))
        #expect(try key(.int32, 7) == key(.int64, 7))
        #expect(try key(.int32, -1) == key(.int64, -1))
    }

    @Test("NULL is a key of its own")
    func null() throws {
        #expect(try key(.string, nil) != key(.string, ""))
        #expect(try key(.int64, nil, isNullable: true) != key(.int64, 0, isNullable: true))
    }

    @Test("columns do not run into each other")
    func boundaries() throws {
        let schema = Schema([
            ColumnDescriptor("a", id: 1, .string), ColumnDescriptor("b", id: 2, .string),
        ])
        let batch = Batch(schema, capacity: 2)
        try batch.append(["ab", "c"])
        try batch.append(["a", "bc"])
        let codec = KeyCodec(schema, columns: [0, 1])
        let keys = ExtractedKeys(codec.layout)
        codec.extract(batch, into: keys)
        #expect([UInt8](keys.key(0)) != [UInt8](keys.key(1)))
    }

    @Test("the layout follows from types and nullability")
    func layouts() {
        func layout(_ columns: (LogicalType, Bool)...) -> KeyLayout {
            let schema = Schema(
                columns.enumerated().map {
                    ColumnDescriptor("c\($0)", id: $0, $1.0, isNullable: $1.1)
                }
            )
            return KeyCodec(schema, columns: Array(columns.indices)).layout
        }
        #expect(layout((.int32, false)) == .fixed8)
        #expect(layout((.timestamp(precision: 3, isLocalZone: false), false)) == .fixed8)
        #expect(layout((.int32, true)) == .fixed16)
        #expect(layout((.int32, false), (.date, false)) == .fixed16)
        #expect(layout((.timestamp(precision: 9, isLocalZone: false), false)) == .fixed16)
        #expect(layout((.int32, false), (.date, true)) == .variable)
        #expect(layout((.double, false)) == .variable)
        #expect(layout((.string, false)) == .variable)
    }

    @Test("the bytes of version 1 are these")
    func golden() throws {
        #expect(try hexadecimal(key(.int16, -2)) == "feffffffffffffff")
        #expect(
            try hexadecimal(key(.int16, 5, isNullable: true))
                == "01000000000000000500000000000000"
        )
        #expect(try hexadecimal(key(.string, "hi")) == "01026869")
        #expect(try hexadecimal(key(.double, 1.5)) == "01000000000000f83f")
        #expect(
            try hexadecimal(
                key(.decimal(precision: 10, scale: 2), .decimal(Decimal(unscaled: 150, scale: 2)))
            )
                == "01010f000000000000000000000000000000"
        )
    }

    @Test("the hash of a fixed key is the hash of its bytes")
    func hashes() throws {
        #expect(
            KeyHash.hash(7) == ([7, 0, 0, 0, 0, 0, 0, 0] as [UInt8]).withUnsafeBytes(KeyHash.hash)
        )
    }

    @Test("bytes that are no key are an error")
    func hostile() throws {
        let schema = Schema([ColumnDescriptor("a", id: 1, .string)])
        let codec = KeyCodec(schema, columns: [0])
        let batch = Batch(schema, capacity: 1)
        for bytes: [UInt8] in [[], [2], [0], [1, 5, 1], [1, 0, 0], [1, 255, 255, 255, 255, 255]] {
            #expect {
                try bytes.withUnsafeBytes {
                    try codec.decode($0, into: batch.columnReferences, targets: [0], row: 0)
                }
            } throws: {
                ($0 as? WeirError)?.code == .corruptBytes
            }
        }
    }

    private func key(
        _ type: LogicalType,
        _ value: Value,
        isNullable: Bool = false
    ) throws -> [UInt8] {
        let isNull = value == .null
        let schema = Schema([ColumnDescriptor("a", id: 1, type, isNullable: isNullable || isNull)])
        let batch = Batch(schema, capacity: 1)
        try batch.append([value])
        let codec = KeyCodec(schema, columns: [0])
        let keys = ExtractedKeys(codec.layout)
        codec.extract(batch, into: keys)
        return [UInt8](keys.key(0))
    }
}

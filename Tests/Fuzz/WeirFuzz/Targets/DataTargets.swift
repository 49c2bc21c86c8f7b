import WeirCore
import WeirData

/// Batches, rows, keys, schemas and values.
enum DataTargets {
    static let all = [batch, inFlight, row, key, schema, value]

    static func encode(_ body: (inout ByteWriter) -> Void) -> [UInt8] {
        var writer = ByteWriter()
        body(&writer)
        return writer.array
    }

    // MARK: Batches

    private static let batch = Target(name: "batch") { chance in
        let schema = chance.schema(most: 5)
        let inputs = batches(&chance, schema)
        let keys = KeyCodec(schema, columns: Array(schema.columns.indices))
        return Sample(inputs) { bytes throws(WeirError) in
            var reader = ByteReader(UnsafeRawBufferPointer(bytes))
            let batch = try BatchCodec.decode(&reader, schema: schema)
            try reader.finish()
            look(at: batch, keys)
            return roundTrip(batch, encode: encode) { bytes throws(WeirError) in
                try decode(bytes, schema)
            }
        }
    }

    /// Batches one behind the other, as unaligned checkpoints hold them.
    private static let inFlight = Target(name: "in-flight-rows") { chance in
        let schema = chance.schema(most: 3)
        let inputs = batches(&chance, schema)
        return Sample([inputs[0] + inputs[1], inputs[1], []]) { bytes throws(WeirError) in
            var reader = ByteReader(UnsafeRawBufferPointer(bytes))
            var again: [UInt8] = []
            while !reader.isAtEnd {
                again += encode(try BatchCodec.decode(&reader, schema: schema))
            }
            return nil
        }
    }

    private static func batches(_ chance: inout Chance, _ schema: Schema) -> [[UInt8]] {
        (0..<3).map { _ in encode(chance.batch(schema, rows: chance.length(20))) }
    }

    private static func encode(_ batch: Batch) -> [UInt8] {
        encode { BatchCodec.encode(batch, into: &$0) }
    }

    private static func decode(_ bytes: [UInt8], _ schema: Schema) throws(WeirError) -> Batch {
        try bytes.withReader { reader throws(WeirError) in
            let batch = try BatchCodec.decode(&reader, schema: schema)
            try reader.finish()
            return batch
        }
    }

    /// Does with the rows what operators do: takes keys, makes text.
    private static func look(at batch: Batch, _ codec: KeyCodec) {
        let keys = ExtractedKeys(codec.layout)
        codec.extract(batch, into: keys)
        for row in 0..<min(batch.rowCount, 50) { _ = try? batch.rowText(row) }
        guard batch.rowCount <= 200 else { return }
        for part in BatchCodec.parts(of: batch, mostBytes: 64) {
            var writer = ByteWriter()
            BatchCodec.encode(part, into: &writer)
        }
    }

    // MARK: Rows

    private static let row = Target(name: "row") { chance in
        let schema = chance.schema(most: 5)
        let codec = RowCodec(schema, includesTimes: chance.flag(), includesKind: chance.flag())
        let rows = chance.batch(schema, rows: 3)
        let inputs = (0..<3).map { row in
            encode {
                codec.encode(
                    rows.columnReferences,
                    kinds: rows.rowKinds?.kinds,
                    row: row,
                    into: &$0
                )
            }
        }
        let target = Batch(schema, capacity: 1)
        return Sample(inputs) { bytes throws(WeirError) in
            try decodeRow(UnsafeRawBufferPointer(bytes), codec, target)
            target.setRowCount(1)
            _ = try? target.rowText(0)
            return roundTrip((), encode: { encodeRow(codec, target) }) { bytes throws(WeirError) in
                try bytes.withReader { reader throws(WeirError) in
                    try decodeRow(reader.bytes, codec, target)
                }
            }
        }
    }

    private static func encodeRow(_ codec: RowCodec, _ batch: Batch) -> [UInt8] {
        encode {
            codec.encode(batch.columnReferences, kinds: batch.rowKinds?.kinds, row: 0, into: &$0)
        }
    }

    private static func decodeRow(
        _ bytes: UnsafeRawBufferPointer,
        _ codec: RowCodec,
        _ batch: Batch
    ) throws(WeirError) {
        let kinds = batch.makeRowKinds().kinds
        guard codec.decode(bytes, into: batch.columnReferences, kinds: kinds, row: 0) else {
            throw WeirError(.corruptBytes, "These bytes are no row.")
        }
    }

    // MARK: Keys

    private static let key = Target(name: "key") { chance in
        var schema = chance.schema(most: 4)
        while schema.columns.isEmpty { schema = chance.schema(most: 4) }
        let columns = Array(schema.columns.indices)
        let codec = KeyCodec(schema, columns: columns)
        let rows = chance.batch(schema, rows: 3)
        let inputs = (0..<3).map { row in
            encode { codec.encode(rows.columnReferences, row: row, into: &$0) }
        }
        let target = Batch(schema, capacity: 1)
        target.setRowCount(1)
        return Sample(inputs) { bytes throws(WeirError) in
            let references = target.columnReferences
            try codec.decode(
                UnsafeRawBufferPointer(bytes),
                into: references,
                targets: columns,
                row: 0
            )
            _ = try? target.rowText(0)
            return roundTrip(
                (),
                encode: { encode { codec.encode(references, row: 0, into: &$0) } },
                decode: { bytes throws(WeirError) in
                    try bytes.withReader { reader throws(WeirError) in
                        try codec.decode(reader.bytes, into: references, targets: columns, row: 0)
                    }
                }
            )
        }
    }

    // MARK: Schemas and values

    private static let schema = Target(name: "schema") { chance in
        let inputs = (0..<3).map { _ in SchemaCodec.encode(chance.schema(most: 6)) }
        return Sample(inputs) { bytes throws(WeirError) in
            let schema = try SchemaCodec.decode([UInt8](bytes))
            _ = schema.fingerprint
            return roundTrip(schema, encode: SchemaCodec.encode) { bytes throws(WeirError) in
                try SchemaCodec.decode(bytes)
            }
        }
    }

    private static let value = Target(name: "value") { chance in
        let type = chance.type()
        let inputs = (0..<3).map { _ in encode(chance.maybe(type), type) }
        return Sample(inputs) { bytes throws(WeirError) in
            var reader = ByteReader(UnsafeRawBufferPointer(bytes))
            let value = try ValueCodec.decode(&reader, type: type)
            try reader.finish()
            _ = value.text(as: type)
            return roundTrip(value, encode: { encode($0, type) }) { bytes throws(WeirError) in
                try bytes.withReader { reader throws(WeirError) in
                    try ValueCodec.decode(&reader, type: type)
                }
            }
        }
    }

    private static func encode(_ value: Value, _ type: LogicalType) -> [UInt8] {
        var writer = ByteWriter()
        do {
            try ValueCodec.encode(value, type: type, into: &writer)
        } catch {
            preconditionFailure("\(value), which was decoded as \(type), is not encoded: \(error)")
        }
        return writer.array
    }
}

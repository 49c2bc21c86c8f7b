import WeirCore

extension BatchCodec {
    /// Reads a batch of the channel's schema; its fingerprint must be the writer's.
    ///
    /// - Throws: `corruptBytes`, whatever the bytes are; `incompatibleState` for another schema.
    public static func decode(
        _ reader: inout ByteReader,
        schema: Schema
    ) throws(WeirError) -> Batch {
        let version = try reader.readByte()
        guard version == Self.version else { throw reader.corrupt("batch version \(version)") }
        let flags = try reader.readByte()
        guard flags < 8 else { throw reader.corrupt("batch flags \(flags)") }
        let columnCount = Int(try reader.readInteger(as: UInt16.self))
        let rowCount = Int(try reader.readInteger(as: UInt32.self))
        let fingerprint = try reader.readInteger(as: UInt64.self)
        guard columnCount == schema.columns.count, fingerprint == schema.fingerprint else {
            throw WeirError(
                .incompatibleState,
                "A stored batch of \(columnCount) columns does not fit the schema \(schema).",
                reason: "ids, types or nullability of the columns have changed"
            )
        }
        guard rowCount <= 65536, reader.remaining >= leastBytes(schema, rowCount) else {
            throw reader.corrupt("\(rowCount) rows in a batch")
        }
        let batch = Batch(schema, capacity: max(1, rowCount))
        try readTimes(&reader, batch.eventTimes, rowCount, isSame: flags & sameEventTime != 0)
        try readTimes(&reader, batch.splitWatermarks, rowCount, isSame: flags & sameWatermark != 0)
        if flags & hasRowKinds != 0 {
            let kinds = batch.makeRowKinds().kinds
            for row in 0..<rowCount {
                let byte = try reader.readByte()
                guard let kind = RowKind(rawValue: byte) else {
                    throw reader.corrupt("row kind \(byte)")
                }
                kinds[row] = kind
            }
        }
        for column in batch.columns { try readColumn(&reader, column, rowCount) }
        batch.setRowCount(rowCount)
        return batch
    }

    /// What the columns of so many rows take at least: memory is not taken for rows that did not come.
    private static func leastBytes(_ schema: Schema, _ rowCount: Int) -> Int {
        schema.columns.reduce(0) { bytes, column in
            let physical = column.type.physical
            return bytes + 1 + rowCount * (physical == .view ? 4 : physical.width)
        }
    }

    // SAFETY: `times` has room for the batch's capacity, which is at least `rowCount`; the bytes are
    // taken by `readBytes`, which checks their number.
    private static func readTimes(
        _ reader: inout ByteReader,
        _ times: UnsafeMutablePointer<Int64>,
        _ rowCount: Int,
        isSame: Bool
    ) throws(WeirError) {
        if isSame {
            let time = try reader.readInteger(as: Int64.self)
            for row in 0..<rowCount { times[row] = time }
            return
        }
        let bytes = try reader.readBytes(rowCount * 8)
        for row in 0..<rowCount {
            let time = bytes.loadUnaligned(fromByteOffset: row * 8, as: Int64.self)
            times[row] = Int64(littleEndian: time)
        }
    }

    private static func readColumn(
        _ reader: inout ByteReader,
        _ column: ColumnBuffer,
        _ rowCount: Int
    ) throws(WeirError) {
        let reference = column.reference
        if try reader.readBoolean() {
            guard column.descriptor.isNullable else {
                throw reader.corrupt("NULL in column \(column.descriptor.name), which is NOT NULL")
            }
            let bits = try reader.readBytes((rowCount + 7) / 8)
            for row in 0..<rowCount {
                reference.setPresent(row, bits[row &>> 3] & (1 &<< UInt8(row & 7)) != 0)
            }
        }
        switch column.descriptor.type.physical {
        case .bytes1: try readValues(&reader, reference, rowCount, as: UInt8.self)
        case .bytes2: try readValues(&reader, reference, rowCount, as: UInt16.self)
        case .bytes4: try readValues(&reader, reference, rowCount, as: UInt32.self)
        case .bytes8: try readValues(&reader, reference, rowCount, as: UInt64.self)
        case .bytes16: try readValues(&reader, reference, rowCount, as: UInt128.self)
        case .view: try readViews(&reader, reference, rowCount)
        }
        guard column.descriptor.type == .boolean else { return }
        for row in 0..<rowCount where reference.load(row, as: UInt8.self) > 1 {
            throw reader.corrupt("a BOOLEAN that is neither 0 nor 1")
        }
    }

    private static func readValues<T: FixedWidthInteger & BitwiseCopyable>(
        _ reader: inout ByteReader,
        _ reference: ColumnReference,
        _ rowCount: Int,
        as type: T.Type
    ) throws(WeirError) {
        let size = MemoryLayout<T>.size
        let bytes = try reader.readBytes(rowCount * size)
        for row in 0..<rowCount {
            let value = bytes.loadUnaligned(fromByteOffset: row * size, as: T.self)
            reference.store(T(littleEndian: value), row)
        }
    }

    private static func readViews(
        _ reader: inout ByteReader,
        _ reference: ColumnReference,
        _ rowCount: Int
    ) throws(WeirError) {
        var lengths = ByteReader(try reader.readBytes(rowCount * 4))
        for row in 0..<rowCount {
            let length = Int(try lengths.readInteger(as: UInt32.self))
            reference.storeBytes(try reader.readBytes(length), row)
        }
    }
}

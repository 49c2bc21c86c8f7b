import WeirCore

/// Rows as dynamic values: for tests, printing and tools. Not for the path of a record.
extension Batch {
    /// The value of a column in a row, by the row's index in memory.
    ///
    /// - Throws: `corruptBytes` if a nested value does not decode.
    public func value(row: Int, column: Int) throws(WeirError) -> Value {
        precondition(row >= 0 && row < rowCount, "row \(row) of \(rowCount)")
        let reference = columns[column].reference
        let type = columns[column].descriptor.type
        guard reference.isPresent(row) else { return .null }
        switch type {
        case .string: return .string(String(decoding: reference.bytes(row), as: UTF8.self))
        case .bytes: return .bytes([UInt8](reference.bytes(row)))
        case .array, .map, .row:
            var reader = ByteReader(reference.bytes(row))
            let value = try ValueCodec.decodePresent(&reader, type: type)
            try reader.finish()
            return value
        default:
            let bits: Int128 =
                switch type.physical {
                case .bytes1: Int128(reference.load(row, as: Int8.self))
                case .bytes2: Int128(reference.load(row, as: Int16.self))
                case .bytes4: Int128(reference.load(row, as: Int32.self))
                case .bytes8: Int128(reference.load(row, as: Int64.self))
                case .bytes16, .view: reference.load(row, as: Int128.self)
                }
            guard let value = Value(fixedBits: bits, type: type) else {
                throw WeirError(.corruptBytes, "Row \(row) holds bits that are no \(type).")
            }
            return value
        }
    }

    /// The values of a row, by the row's index in memory.
    public func values(row: Int) throws(WeirError) -> [Value] {
        var values: [Value] = []
        for column in columns.indices { values.append(try value(row: row, column: column)) }
        return values
    }

    /// The values of the rows that are there, in order.
    public func allValues() throws(WeirError) -> [[Value]] {
        let rows = RowSelection(self)
        var all: [[Value]] = []
        for position in 0..<rows.count { all.append(try values(row: rows[position])) }
        return all
    }

    /// Writes a row behind the last one.
    ///
    /// - Throws: `badValue` if a value is not of its column's type, or is NULL where it must not be.
    /// - Precondition: The batch is not full, and there is a value for each column.
    public func append(
        _ values: [Value],
        eventTime: EventTime = EventTimes.minimum,
        splitWatermark: EventTime = EventTimes.minimum,
        kind: RowKind = .insert
    ) throws(WeirError) {
        precondition(!isFull, "the batch holds its \(capacity) rows")
        precondition(
            values.count == columns.count,
            "\(values.count) values, \(columns.count) columns"
        )
        let row = rowCount
        for (value, column) in zip(values, columns) { try store(value, column, row) }
        eventTimes[row] = eventTime
        splitWatermarks[row] = splitWatermark
        if kind != .insert || rowKinds != nil { makeRowKinds().kinds[row] = kind }
        setRowCount(row + 1)
    }

    private func store(_ value: Value, _ column: ColumnBuffer, _ row: Int) throws(WeirError) {
        let reference = column.reference
        let type = column.descriptor.type
        if case .null = value {
            guard column.descriptor.isNullable else {
                throw WeirError(
                    .badValue,
                    "NULL for column \(column.descriptor.name), which is NOT NULL."
                )
            }
            reference.setPresent(row, false)
            reference.storeZero(type.physical, row)
            return
        }
        reference.setPresent(row, true)
        switch (type, value) {
        case (.string, .string(let text)):
            var text = text
            text.withUTF8 { reference.storeBytes(UnsafeRawBufferPointer($0), row) }
        case (.bytes, .bytes(let octets)):
            octets.withUnsafeBytes { reference.storeBytes($0, row) }
        case (.array, _), (.map, _), (.row, _):
            var writer = ByteWriter()
            try ValueCodec.encodePresent(value, type: type, into: &writer)
            reference.storeBytes(writer.bytes, row)
        default:
            guard let bits = value.fixedBits(as: type) else {
                throw WeirError(.badValue, "\(value) is not a value of type \(type).")
            }
            switch type.physical {
            case .bytes1: reference.store(UInt8(truncatingIfNeeded: bits), row)
            case .bytes2: reference.store(UInt16(truncatingIfNeeded: bits), row)
            case .bytes4: reference.store(UInt32(truncatingIfNeeded: bits), row)
            case .bytes8: reference.store(UInt64(truncatingIfNeeded: bits), row)
            case .bytes16, .view: reference.store(bits, row)
            }
        }
    }

    /// A row as text, by its index in memory: `+I[1, NULL, 2013-01-01 05:00:00.000]`.
    public func rowText(_ row: Int) throws(WeirError) -> String {
        var writer = ByteWriter(capacity: 128)
        writer.append(text: (rowKinds?.kinds[row] ?? .insert).shortText)
        writer.append(ascii: "[")
        for (column, value) in try values(row: row).enumerated() {
            if column > 0 { writer.append(ascii: ", ") }
            value.append(as: columns[column].descriptor.type, into: &writer)
        }
        writer.append(ascii: "]")
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension ColumnReference {
    /// Sets a row to zero, or to the empty string: what NULL rows hold.
    @inlinable
    public func storeZero(_ physical: PhysicalType, _ row: Int) {
        switch physical {
        case .bytes1: store(UInt8(0), row)
        case .bytes2: store(UInt16(0), row)
        case .bytes4: store(UInt32(0), row)
        case .bytes8: store(UInt64(0), row)
        case .bytes16, .view: store(UInt128(0), row)
        }
    }
}

extension RowKind {
    /// `+I`, `-U`, `+U` or `-D`.
    public var shortText: String {
        switch self {
        case .insert: "+I"
        case .updateBefore: "-U"
        case .updateAfter: "+U"
        case .delete: "-D"
        }
    }
}

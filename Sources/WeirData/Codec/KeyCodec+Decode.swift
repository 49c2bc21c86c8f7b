import WeirCore

extension KeyCodec {
    // SAFETY: the caller passes the columns of a batch and a row below its capacity.
    /// Writes the columns of a key into row `row` of a batch, so that results can carry them.
    ///
    /// `targets` say where each key column goes, by index in the batch, with the key's type;
    /// `columns` are the batch's `columnReferences`.
    ///
    /// - Throws: `corruptBytes` if the bytes are not a key of this codec.
    public func decode(
        _ key: UnsafeRawBufferPointer,
        into columns: UnsafeMutablePointer<ColumnReference>,
        targets: [Int],
        row: Int
    ) throws(WeirError) {
        precondition(
            targets.count == fields.count,
            "\(targets.count) targets, \(fields.count) columns"
        )
        var reader = ByteReader(key)
        for (position, field) in fields.enumerated() {
            let column = columns[targets[position]]
            let isPresent = try readMarker(field, &reader)
            if !isPresent, column.validity == nil {
                throw reader.corrupt("NULL in a key column that is NOT NULL")
            }
            column.setPresent(row, isPresent)
            if isPresent {
                try readValue(field, &reader, column, row)
            } else {
                try readNull(field, &reader, column, row)
            }
        }
        try reader.finish()
    }

    private func readMarker(_ field: KeyField, _ reader: inout ByteReader) throws(WeirError) -> Bool
    {
        switch layout {
        case .fixed8: return true
        case .fixed16:
            guard field.isNullable else { return true }
            let marker = try reader.readInteger(as: UInt64.self)
            guard marker <= 1 else { throw reader.corrupt("key marker \(marker)") }
            return marker == 1
        case .variable: return try reader.readBoolean()
        }
    }

    private func readNull(
        _ field: KeyField,
        _ reader: inout ByteReader,
        _ column: ColumnReference,
        _ row: Int
    ) throws(WeirError) {
        if layout == .fixed16 { _ = try reader.readInteger(as: UInt64.self) }
        switch field.form {
        case .integer(let physical, _): storeInteger(0, physical, column, row)
        case .float: column.store(Float(0), row)
        case .double: column.store(Double(0), row)
        case .decimal, .wide: column.store(Int128(0), row)
        case .bytes, .nested: column.storeBytes(UnsafeRawBufferPointer(start: nil, count: 0), row)
        }
    }

    private func readValue(
        _ field: KeyField,
        _ reader: inout ByteReader,
        _ column: ColumnReference,
        _ row: Int
    ) throws(WeirError) {
        switch field.form {
        case .integer(let physical, let isUnsigned):
            let value = try reader.readInteger(as: Int64.self)
            if isUnsigned, value != 0, value != 1 { throw reader.corrupt("BOOLEAN \(value)") }
            storeInteger(value, physical, column, row)
        case .float: column.store(Float(try reader.readDouble()), row)
        case .double: column.store(try reader.readDouble(), row)
        case .decimal:
            let scale = Int(try reader.readByte())
            let value = Decimal(unscaled: try reader.readInteger(as: Int128.self), scale: scale)
            guard scale <= 38, let rescaled = value.rescaled(to: column.parameter) else {
                throw reader.corrupt("a DECIMAL of scale \(scale) for scale \(column.parameter)")
            }
            column.store(rescaled.unscaled, row)
        case .wide: column.store(try reader.readInteger(as: Int128.self), row)
        case .bytes, .nested: column.storeBytes(try reader.readSized(), row)
        }
    }

    private func storeInteger(
        _ value: Int64,
        _ physical: PhysicalType,
        _ column: ColumnReference,
        _ row: Int
    ) {
        switch physical {
        case .bytes1: column.store(Int8(truncatingIfNeeded: value), row)
        case .bytes2: column.store(Int16(truncatingIfNeeded: value), row)
        case .bytes4: column.store(Int32(truncatingIfNeeded: value), row)
        default: column.store(value, row)
        }
    }
}

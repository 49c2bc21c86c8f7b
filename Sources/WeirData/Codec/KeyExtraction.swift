/// The loops behind `KeyCodec.extract`.
enum KeyExtraction {
    /// Loads an integer column, sign-extended, into every `stride`-th word of `target`.
    static func integers(
        _ field: KeyField,
        _ batch: Batch,
        _ rows: RowSelection,
        to target: UnsafeMutablePointer<UInt64>,
        stride: Int
    ) {
        guard case .integer(let physical, let isUnsigned) = field.form else { return }
        let column = batch.columnReferences[field.column]
        switch physical {
        case .bytes1 where isUnsigned: widen(column, rows, UInt8.self, target, stride)
        case .bytes1: widen(column, rows, Int8.self, target, stride)
        case .bytes2: widen(column, rows, Int16.self, target, stride)
        case .bytes4: widen(column, rows, Int32.self, target, stride)
        default: widen(column, rows, Int64.self, target, stride)
        }
    }

    @inline(__always)
    private static func widen<T: FixedWidthInteger & BitwiseCopyable>(
        _ column: ColumnReference,
        _ rows: RowSelection,
        _ type: T.Type,
        _ target: UnsafeMutablePointer<UInt64>,
        _ stride: Int
    ) {
        // SAFETY: `target` has room for `rows.count` keys, the rows lie inside the batch.
        let values = column.values.assumingMemoryBound(to: T.self)
        if let indices = rows.indices {
            for index in 0..<rows.count {
                let value = Int64(truncatingIfNeeded: values[Int(indices[index])])
                target[index &* stride] = UInt64(bitPattern: value).littleEndian
            }
        } else {
            for index in 0..<rows.count {
                let value = Int64(truncatingIfNeeded: values[rows.first &+ index])
                target[index &* stride] = UInt64(bitPattern: value).littleEndian
            }
        }
    }

    /// An integer column's value, sign-extended.
    static func integer(_ field: KeyField, _ column: ColumnReference, _ row: Int) -> Int64 {
        guard case .integer(let physical, let isUnsigned) = field.form else { return 0 }
        return switch physical {
        case .bytes1 where isUnsigned: Int64(column.load(row, as: UInt8.self))
        case .bytes1: Int64(column.load(row, as: Int8.self))
        case .bytes2: Int64(column.load(row, as: Int16.self))
        case .bytes4: Int64(column.load(row, as: Int32.self))
        default: column.load(row, as: Int64.self)
        }
    }

    /// Appends the variable keys of rows; `offsets` receives their starts and the end.
    static func variable(
        _ fields: [KeyField],
        _ columns: UnsafeMutablePointer<ColumnReference>,
        _ rows: RowSelection,
        into writer: inout ByteWriter,
        offsets: UnsafeMutablePointer<Int>
    ) {
        offsets[0] = 0
        for index in 0..<rows.count {
            for field in fields { append(field, columns, rows[index], into: &writer) }
            offsets[index &+ 1] = writer.count
        }
    }

    /// Appends one column of a key in the variable layout.
    @inline(__always)
    static func append(
        _ field: KeyField,
        _ columns: UnsafeMutablePointer<ColumnReference>,
        _ row: Int,
        into writer: inout ByteWriter
    ) {
        let column = columns[field.column]
        guard column.isPresent(row) else {
            writer.append(byte: 0)
            return
        }
        writer.append(byte: 1)
        switch field.form {
        case .integer: writer.append(integer: integer(field, column, row))
        case .float: writer.append(double: Double(column.load(row, as: Float.self)).canonical)
        case .double: writer.append(double: column.load(row, as: Double.self).canonical)
        case .decimal:
            let value = Decimal.load(column, row).canonical
            writer.append(byte: UInt8(value.scale))
            writer.append(integer: value.unscaled)
        case .wide: writer.append(integer: column.load(row, as: Int128.self))
        case .bytes: writer.append(sized: column.bytes(row))
        case .nested(let type):
            ValueCodec.appendCanonical(column.bytes(row), type: type, into: &writer)
        }
    }
}

import WeirCore

/// The canonical bytes of keys: equal keys have equal bytes, in every process and for ever.
///
/// ```
/// fixed8:   the integer, sign-extended, little endian
/// fixed16:  two of them; or 0 and 0 for NULL, 1 and the integer; or 16 bytes
/// variable: a column: 0 for NULL, else 1 and
///   BOOLEAN, integers, DATE, TIME, TIMESTAMP up to 6, intervals: i64
///   FLOAT, DOUBLE: the double's bits; one NaN, -0.0 is 0.0
///   DECIMAL: scale u8 without trailing zeros, unscaled i128
///   TIMESTAMP(9): i128
///   STRING, BYTES, nested: length varint, bytes
/// ```
///
/// The layout follows from types and nullability; both sides of a join must be given the same.
/// Made once per operator, used by one thread.
public final class KeyCodec {
    /// How the keys lie.
    public let layout: KeyLayout
    let fields: [KeyField]

    /// A codec of the key columns at `indices`.
    ///
    /// `isNullable` says whether each may be NULL, where that is wider than the schema says: for
    /// joins, true if it is so on either side.
    public init(_ schema: Schema, columns indices: [Int], isNullable: [Bool]? = nil) {
        fields = indices.enumerated().map { position, index in
            KeyField(
                column: index,
                type: schema.columns[index].type,
                isNullable: isNullable?[position] ?? schema.columns[index].isNullable
            )
        }
        layout = KeyCodec.layout(of: fields)
    }

    private static func layout(of fields: [KeyField]) -> KeyLayout {
        if fields.count == 1, fields[0].isInteger {
            return fields[0].isNullable ? .fixed16 : .fixed8
        }
        if fields.count == 1, fields[0].isWide, !fields[0].isNullable { return .fixed16 }
        let areIntegers = fields.allSatisfy { $0.isInteger && !$0.isNullable }
        return fields.count == 2 && areIntegers ? .fixed16 : .variable
    }

    /// Fills `keys` with the keys and hashes of rows of a batch.
    ///
    /// About 1 ns a row for `fixed8`.
    public func extract(_ batch: Batch, _ rows: RowSelection, into keys: ExtractedKeys) {
        precondition(keys.layout == layout, "keys of layout \(keys.layout) for \(layout)")
        keys.prepare(rows.count)
        switch layout {
        case .fixed8:
            KeyExtraction.integers(fields[0], batch, rows, to: keys.integers, stride: 1)
            for index in 0..<rows.count { keys.hashes[index] = KeyHash.hash(keys.integers[index]) }
        case .fixed16:
            extractPairs(batch, rows, to: keys.integers)
            for index in 0..<rows.count {
                keys.hashes[index] = KeyHash.hash(
                    keys.integers[2 &* index],
                    keys.integers[2 &* index &+ 1]
                )
            }
        case .variable:
            let columns = batch.columnReferences
            KeyExtraction.variable(fields, columns, rows, into: &keys.writer, offsets: keys.offsets)
            for index in 0..<rows.count { keys.hashes[index] = KeyHash.hash(keys.key(index)) }
        }
    }

    /// Fills `keys` with the keys and hashes of all rows that are there.
    public func extract(_ batch: Batch, into keys: ExtractedKeys) {
        extract(batch, RowSelection(batch), into: keys)
    }

    // SAFETY: the rows are the batch's own, and `prepare` made room for a key of each.
    /// Appends the key of one row.
    public func encode(
        _ columns: UnsafeMutablePointer<ColumnReference>,
        row: Int,
        into writer: inout ByteWriter
    ) {
        if layout == .variable {
            for field in fields { KeyExtraction.append(field, columns, row, into: &writer) }
            return
        }
        if fields.count == 1, fields[0].isWide {
            writer.append(integer: columns[fields[0].column].load(row, as: UInt128.self))
            return
        }
        for field in fields {
            let column = columns[field.column]
            let isPresent = column.isPresent(row)
            if field.isNullable { writer.append(integer: UInt64(isPresent ? 1 : 0)) }
            let value = isPresent ? KeyExtraction.integer(field, column, row) : 0
            writer.append(integer: UInt64(bitPattern: value))
        }
    }

    private func extractPairs(
        _ batch: Batch,
        _ rows: RowSelection,
        to target: UnsafeMutablePointer<UInt64>
    ) {
        let column = batch.columnReferences[fields[0].column]
        if fields[0].isWide {
            for index in 0..<rows.count {
                let value = column.load(rows[index], as: UInt128.self)
                target[2 &* index] = UInt64(truncatingIfNeeded: value)
                target[2 &* index &+ 1] = UInt64(truncatingIfNeeded: value &>> 64)
            }
        } else if fields.count == 2 {
            KeyExtraction.integers(fields[0], batch, rows, to: target, stride: 2)
            KeyExtraction.integers(fields[1], batch, rows, to: target + 1, stride: 2)
        } else {
            KeyExtraction.integers(fields[0], batch, rows, to: target + 1, stride: 2)
            for index in 0..<rows.count {
                let isPresent = column.isPresent(rows[index])
                target[2 &* index] = isPresent ? 1 : 0
                if !isPresent { target[2 &* index &+ 1] = 0 }
            }
        }
    }
}

@available(*, unavailable)
extension KeyCodec: Sendable {}

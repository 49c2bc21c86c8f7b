import WeirCore

/// Batches as bytes, for the snapshots of channels and for the network.
///
/// Only the rows that are there are written, gathered; all integers are little endian.
///
/// ```
/// version u8 = 1 | flags u8 | columns u16 | rows u32 | schema fingerprint u64
/// event times:      i64 a row, or one i64 if flag 1 (all the same)
/// split watermarks: i64 a row, or one i64 if flag 2
/// row kinds:        u8 a row, if flag 4
/// column:  nulls u8 (0: none, 1: a bitmap of (rows + 7) / 8 bytes follows, 1 = present)
///          fixed width: the values; NULL is zero
///          view: length u32 a row, then the bytes of all rows one after the other
/// ```
public enum BatchCodec {
    /// The version written.
    public static let version: UInt8 = 1
    static let sameEventTime: UInt8 = 1
    static let sameWatermark: UInt8 = 2
    static let hasRowKinds: UInt8 = 4

    /// Appends a batch's rows, from the `position`-th of those that are there.
    public static func encode(_ batch: Batch, from position: Int = 0, into writer: inout ByteWriter)
    {
        let rows = RowSelection(batch, from: position)
        let header = writer.count
        var flags: UInt8 = batch.rowKinds == nil ? 0 : hasRowKinds
        writer.append(byte: version)
        writer.append(byte: 0)
        writer.append(integer: UInt16(batch.schema.columns.count))
        writer.append(integer: UInt32(rows.count))
        writer.append(integer: batch.schema.fingerprint)
        if appendTimes(batch.eventTimes, rows, into: &writer) { flags |= sameEventTime }
        if appendTimes(batch.splitWatermarks, rows, into: &writer) { flags |= sameWatermark }
        if let kinds = batch.rowKinds?.kinds {
            let target = writer.reserve(rows.count)
            for index in 0..<rows.count {
                target.storeBytes(
                    of: kinds[rows[index]].rawValue,
                    toByteOffset: index,
                    as: UInt8.self
                )
            }
            writer.advance(rows.count)
        }
        writer.patch(flags, at: header + 1)
        for column in batch.columns { appendColumn(column, rows, into: &writer) }
    }

    /// Appends times; one only, and true, if all are the same.
    private static func appendTimes(
        _ times: UnsafeMutablePointer<Int64>,
        _ rows: RowSelection,
        into writer: inout ByteWriter
    ) -> Bool {
        guard rows.count > 0 else { return false }
        let first = times[rows[0]]
        if (0..<rows.count).allSatisfy({ times[rows[$0]] == first }) {
            writer.append(integer: first)
            return true
        }
        for index in 0..<rows.count { writer.append(integer: times[rows[index]]) }
        return false
    }

    private static func appendColumn(
        _ column: ColumnBuffer,
        _ rows: RowSelection,
        into writer: inout ByteWriter
    ) {
        let reference = column.reference
        let hasNulls = (0..<rows.count).contains { !reference.isPresent(rows[$0]) }
        writer.append(byte: hasNulls ? 1 : 0)
        if hasNulls { appendPresence(reference, rows, into: &writer) }
        switch column.descriptor.type.physical {
        case .bytes1: gather(reference, rows, as: UInt8.self, into: &writer)
        case .bytes2: gather(reference, rows, as: UInt16.self, into: &writer)
        case .bytes4: gather(reference, rows, as: UInt32.self, into: &writer)
        case .bytes8: gather(reference, rows, as: UInt64.self, into: &writer)
        case .bytes16: gather(reference, rows, as: UInt128.self, into: &writer)
        case .view: gatherViews(reference, rows, into: &writer)
        }
    }

    private static func appendPresence(
        _ reference: ColumnReference,
        _ rows: RowSelection,
        into writer: inout ByteWriter
    ) {
        let start = writer.append(zeros: (rows.count + 7) / 8)
        // SAFETY: the bitmap's bytes were appended just above, and nothing is appended here.
        let bits = (writer.base + start).assumingMemoryBound(to: UInt8.self)
        for index in 0..<rows.count where reference.isPresent(rows[index]) {
            bits[index &>> 3] |= 1 &<< UInt8(index & 7)
        }
    }

    private static func gather<T: FixedWidthInteger & BitwiseCopyable>(
        _ reference: ColumnReference,
        _ rows: RowSelection,
        as type: T.Type,
        into writer: inout ByteWriter
    ) {
        let size = MemoryLayout<T>.size
        let target = writer.reserve(rows.count * size)
        for index in 0..<rows.count {
            let row = rows[index]
            let value = reference.isPresent(row) ? reference.load(row, as: T.self) : 0
            target.storeBytes(of: value.littleEndian, toByteOffset: index * size, as: T.self)
        }
        writer.advance(rows.count * size)
    }

    private static func gatherViews(
        _ reference: ColumnReference,
        _ rows: RowSelection,
        into writer: inout ByteWriter
    ) {
        for index in 0..<rows.count {
            let row = rows[index]
            let length = reference.isPresent(row) ? reference.bytes(row).count : 0
            writer.append(integer: UInt32(length))
        }
        for index in 0..<rows.count where reference.isPresent(rows[index]) {
            writer.append(bytes: reference.bytes(rows[index]))
        }
    }
}

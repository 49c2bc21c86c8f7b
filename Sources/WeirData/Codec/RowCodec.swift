/// One row of some columns as bytes: a value of keyed state, or a row in a buffer.
///
/// Fixed-width columns lie at offsets that are the same for every row.
///
/// ```
/// row kind u8, if asked for | event time i64, split watermark i64, if asked for
/// NULL bits: one a nullable column, 1 = NULL, (n + 7) / 8 bytes
/// values of fixed-width columns, in order; zero if NULL
/// lengths of view columns, u32 each; zero if NULL
/// bytes of view columns, one after the other
/// ```
///
/// Encoding and decoding do not allocate (beyond the writer's and the columns' growth). A codec is
/// made once per operator and used by one thread.
public final class RowCodec {
    /// Bytes before the bytes of view columns; all of them if `isFixedWidth`.
    public let fixedSize: Int
    /// Whether every row takes `fixedSize` bytes.
    public let isFixedWidth: Bool
    /// Whether the event time and the split watermark are kept.
    public let includesTimes: Bool
    /// Whether the row kind is kept.
    public let includesKind: Bool
    /// How many columns are kept.
    public let fieldCount: Int

    // SAFETY: allocated in `init` with an entry a column, freed in `deinit`, not changed between.
    // Encoded bytes are read only after their number was compared with the fixed size and with
    // each length; batches are the caller's, with `row` below their capacity.
    @usableFromInline let fields: UnsafeMutablePointer<RowCodecField>
    @usableFromInline let timesOffset: Int
    @usableFromInline let nullsOffset: Int
    @usableFromInline let nullsSize: Int

    /// A codec of the columns at `indices` of `schema`.
    ///
    /// `targets` say where decoding puts each of them, by index in the batch decoded into; nil
    /// leaves a column out, and by default they are the columns that are encoded. `includesTimes`
    /// keeps the event time and the split watermark, `includesKind` the row kind.
    public init(
        _ schema: Schema,
        columns indices: [Int]? = nil,
        targets: [Int?]? = nil,
        includesTimes: Bool = true,
        includesKind: Bool = false
    ) {
        let indices = indices ?? Array(schema.columns.indices)
        let targets = targets ?? indices.map { Optional($0) }
        precondition(
            targets.count == indices.count,
            "\(targets.count) targets, \(indices.count) columns"
        )
        self.includesTimes = includesTimes
        self.includesKind = includesKind
        fieldCount = indices.count
        timesOffset = includesKind ? 1 : 0
        nullsOffset = timesOffset + (includesTimes ? 16 : 0)
        let nullable = indices.filter { schema.columns[$0].isNullable }.count
        nullsSize = (nullable + 7) / 8
        fields = .allocate(capacity: max(1, indices.count))
        var offset = nullsOffset + nullsSize
        var nullBit = 0
        for isView in [false, true] {
            for (position, index) in indices.enumerated() {
                let descriptor = schema.columns[index]
                guard descriptor.type.isView == isView else { continue }
                fields[position] = RowCodecField(
                    source: index,
                    target: targets[position] ?? -1,
                    offset: offset,
                    nullBit: -1,
                    physical: descriptor.type.physical,
                    isBoolean: descriptor.type == .boolean
                )
                offset += isView ? 4 : descriptor.type.physical.width
            }
        }
        for position in 0..<indices.count where schema.columns[indices[position]].isNullable {
            fields[position].nullBit = nullBit
            nullBit += 1
        }
        fixedSize = offset
        isFixedWidth = !indices.contains { schema.columns[$0].type.isView }
    }

    deinit { fields.deallocate() }

    /// Appends a row, given a batch's `columnReferences` and its row kinds (nil: all inserts).
    @inlinable
    public func encode(
        _ columns: UnsafeMutablePointer<ColumnReference>,
        kinds: UnsafeMutablePointer<RowKind>? = nil,
        row: Int,
        into writer: inout ByteWriter
    ) {
        var size = fixedSize
        if !isFixedWidth {
            for position in 0..<fieldCount where fields[position].physical == .view {
                let column = columns[fields[position].source]
                if column.isPresent(row) { size &+= column.bytes(row).count }
            }
        }
        encode(columns, kinds: kinds, row: row, to: writer.reserve(size))
        writer.advance(size)
    }

    /// Writes a row to memory that has room for it: `fixedSize` bytes if `isFixedWidth`.
    @inlinable
    public func encode(
        _ columns: UnsafeMutablePointer<ColumnReference>,
        kinds: UnsafeMutablePointer<RowKind>? = nil,
        row: Int,
        to target: UnsafeMutableRawPointer
    ) {
        if includesKind {
            target.storeBytes(of: (kinds?[row] ?? .insert).rawValue, as: UInt8.self)
        }
        if includesTimes {
            target.storeBytes(
                of: columns[-1].load(row, as: Int64.self),
                toByteOffset: timesOffset,
                as: Int64.self
            )
            target.storeBytes(
                of: columns[-2].load(row, as: Int64.self),
                toByteOffset: timesOffset &+ 8,
                as: Int64.self
            )
        }
        for index in 0..<nullsSize {
            target.storeBytes(of: 0, toByteOffset: nullsOffset &+ index, as: UInt8.self)
        }
        var end = fixedSize
        for position in 0..<fieldCount {
            let field = fields[position]
            let column = columns[field.source]
            let slot = target + field.offset
            if field.nullBit >= 0, !column.isPresent(row) {
                let byte = target + (nullsOffset &+ (field.nullBit &>> 3))
                byte.storeBytes(
                    of: byte.load(as: UInt8.self) | 1
                        &<< UInt8(truncatingIfNeeded: field.nullBit & 7),
                    as: UInt8.self
                )
                let width = field.physical == .view ? 4 : field.physical.width
                slot.initializeMemory(as: UInt8.self, repeating: 0, count: width)
                continue
            }
            if field.physical == .view {
                let bytes = column.bytes(row)
                slot.storeBytes(of: UInt32(truncatingIfNeeded: bytes.count), as: UInt32.self)
                if let start = bytes.baseAddress {
                    (target + end).copyMemory(from: start, byteCount: bytes.count)
                }
                end &+= bytes.count
            } else {
                field.physical.copy(from: column.values, row: row, to: slot)
            }
        }
    }

    /// Writes an encoded row into row `row` of a batch.
    ///
    /// `columns` are the batch's `columnReferences`, `kinds` its row kinds, if they are wanted.
    ///
    /// - Returns: False if the bytes are not an encoded row; the row is then undefined.
    @inlinable
    public func decode(
        _ bytes: UnsafeRawBufferPointer,
        into columns: UnsafeMutablePointer<ColumnReference>,
        kinds: UnsafeMutablePointer<RowKind>? = nil,
        row: Int
    ) -> Bool {
        guard bytes.count >= fixedSize, let source = bytes.baseAddress else {
            return fixedSize == 0 && bytes.isEmpty
        }
        if includesKind {
            guard let kind = RowKind(rawValue: source.load(as: UInt8.self)) else { return false }
            if let kinds { kinds[row] = kind }
        }
        if includesTimes {
            columns[-1].store(
                source.loadUnaligned(fromByteOffset: timesOffset, as: Int64.self),
                row
            )
            columns[-2].store(
                source.loadUnaligned(fromByteOffset: timesOffset &+ 8, as: Int64.self),
                row
            )
        }
        var end = fixedSize
        for position in 0..<fieldCount {
            let field = fields[position]
            let slot = source + field.offset
            let length = field.physical == .view ? Int(slot.loadUnaligned(as: UInt32.self)) : 0
            guard length <= bytes.count &- end else { return false }
            let start = end
            end &+= length
            if field.target < 0 { continue }
            let column = columns[field.target]
            if field.nullBit >= 0 {
                let bits = source.load(
                    fromByteOffset: nullsOffset &+ (field.nullBit &>> 3),
                    as: UInt8.self
                )
                let isNull = bits & (1 &<< UInt8(truncatingIfNeeded: field.nullBit & 7)) != 0
                if isNull, column.validity == nil { return false }
                column.setPresent(row, !isNull)
            } else if column.validity != nil {
                column.setPresent(row, true)
            }
            if field.physical == .view {
                column.storeBytes(
                    UnsafeRawBufferPointer(start: source + start, count: length),
                    row
                )
            } else {
                if field.isBoolean, slot.load(as: UInt8.self) > 1 { return false }
                field.physical.copy(
                    from: slot,
                    row: 0,
                    to: column.values + row &* field.physical.width
                )
            }
        }
        return end == bytes.count
    }

    /// Where the value of the `position`-th column lies in every encoded row (a view column's: its
    /// length).
    public func offset(ofField position: Int) -> Int { fields[position].offset }
}

@available(*, unavailable)
extension RowCodec: Sendable {}

/// One column of a `RowCodec`.
@frozen
@usableFromInline
struct RowCodecField {
    /// Column to encode from.
    @usableFromInline var source: Int
    /// Column to decode into; -1 for none.
    @usableFromInline var target: Int
    /// Offset of the value, or of a view's length.
    @usableFromInline var offset: Int
    /// Which NULL bit; -1 if the column is NOT NULL.
    @usableFromInline var nullBit: Int
    @usableFromInline var physical: PhysicalType
    @usableFromInline var isBoolean: Bool

    @usableFromInline
    init(
        source: Int,
        target: Int,
        offset: Int,
        nullBit: Int,
        physical: PhysicalType,
        isBoolean: Bool
    ) {
        self.source = source
        self.target = target
        self.offset = offset
        self.nullBit = nullBit
        self.physical = physical
        self.isBoolean = isBoolean
    }
}

extension PhysicalType {
    /// Copies the value of a row to unaligned memory.
    @inlinable
    func copy(from values: UnsafeRawPointer, row: Int, to target: UnsafeMutableRawPointer) {
        switch self {
        case .bytes1:
            target.storeBytes(of: values.load(fromByteOffset: row, as: UInt8.self), as: UInt8.self)
        case .bytes2:
            target.storeBytes(
                of: values.loadUnaligned(fromByteOffset: row &* 2, as: UInt16.self),
                as: UInt16.self
            )
        case .bytes4:
            target.storeBytes(
                of: values.loadUnaligned(fromByteOffset: row &* 4, as: UInt32.self),
                as: UInt32.self
            )
        case .bytes8:
            target.storeBytes(
                of: values.loadUnaligned(fromByteOffset: row &* 8, as: UInt64.self),
                as: UInt64.self
            )
        case .bytes16, .view:
            target.storeBytes(
                of: values.loadUnaligned(fromByteOffset: row &* 16, as: UInt128.self),
                as: UInt128.self
            )
        }
    }
}

import WeirCore
import WeirData
import WeirState

/// Rows kept for each key in the order of a time, as state.
///
/// ```
/// entry key: key | time i64 | sequence i64        value: the row, with its times
/// ```
/// The sequence keeps rows of one time apart; it goes on over restores.
final class StoredRows {
    private let state: SortedState
    private let key: CurrentKey
    private let codec: RowCodec
    private let schema: Schema
    private let name: String
    private var sequence: Int64 = 0
    private var builder = SortedKey()
    private var writer = ByteWriter()
    private var decoded: Batch

    init(_ name: String, _ schema: Schema, _ owner: KeyedOperator) throws(WeirError) {
        self.name = name
        self.schema = schema
        let columns = schema.columns.map { "\($0.id) \($0.type)\($0.isNullable ? "?" : "")" }
        state = try owner.sortedState(
            name,
            .orderedMap,
            valueSchema: ValueFormat.bytes(width: nil, columns.joined(separator: ", "))
        )
        key = owner.key
        codec = RowCodec(schema, includesTimes: true)
        decoded = Batch(schema, capacity: 1)
    }

    /// A row as it is kept.
    struct Row {
        let key: [UInt8]
        let time: Int64
        let sequence: Int64
        /// The encoded row: event time and split watermark come first.
        let bytes: [UInt8]

        /// The watermark of the row's split just before it.
        var splitWatermark: Int64 {
            guard bytes.count >= 16 else { return .min }
            return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 8, as: Int64.self) }
        }
    }

    /// The number of the next row.
    var nextSequence: Int64 { sequence }

    /// Keeps a row of the current key.
    func append(_ columns: UnsafeMutablePointer<ColumnReference>, _ row: Int, time: Int64) {
        build(time)
        builder.append(sequence)
        sequence += 1
        writer.removeAll()
        codec.encode(columns, row: row, into: &writer)
        // The sequence is new, so the key is.
        state.set(key.keyGroup, builder.bytes, writer.bytes, isNew: true)
    }

    /// The encoded rows of the current key with times in a range, in order.
    func rows(_ range: ClosedRange<Int64>) -> [[UInt8]] { entries(range).map(\.bytes) }

    /// Removes the rows of the current key with times in a range.
    func remove(_ range: ClosedRange<Int64>) {
        for entry in entries(range) {
            entry.key.withUnsafeBytes { _ = state.remove(key.keyGroup, $0) }
        }
    }

    // SAFETY: the columns belong to `decoded`, which lives until the next call; callers use them before.
    /// The columns of a batch whose row 0 is an encoded row.
    func decode(_ row: [UInt8]) throws(WeirError) -> UnsafeMutablePointer<ColumnReference> {
        if decoded.byteCount > StoredRows.mostScratchBytes {
            decoded = Batch(schema, capacity: 1)
        }
        try decode(row, into: decoded.columnReferences, row: 0)
        return decoded.columnReferences
    }

    /// Writes an encoded row into row `row` of a batch.
    func decode(
        _ bytes: [UInt8],
        into columns: UnsafeMutablePointer<ColumnReference>,
        row: Int
    ) throws(WeirError) {
        let isRow = bytes.withUnsafeBytes { codec.decode($0, into: columns, row: row) }
        guard isRow else {
            throw WeirError(.corruptBytes, "A row of state \(name) does not decode.")
        }
    }

    private static let mostScratchBytes = 1 << 20

    /// The rows of the current key with times in a range, in order.
    func entries(_ range: ClosedRange<Int64>) -> [Row] {
        build(range.lowerBound)
        let prefixCount = builder.bytes.count - 8
        let start = [UInt8](builder.bytes)
        return state.entries(
            key.keyGroup,
            prefix: Array(start[..<prefixCount]),
            from: start,
            limit: .max
        ) { entry in
            SortedKey.integer(entry, at: prefixCount) <= range.upperBound
        }.map { entry in
            entry.key.withUnsafeBytes { key in
                Row(
                    key: entry.key,
                    time: SortedKey.integer(key, at: prefixCount),
                    sequence: SortedKey.integer(key, at: prefixCount + 8),
                    bytes: entry.value
                )
            }
        }
    }

    private func build(_ time: Int64) {
        builder.reset()
        builder.append(key: key.bytes, key.layout)
        builder.append(time)
    }

    // MARK: Snapshots

    private var entryName: String { "sequence:" + name }

    func snapshot(_ snapshot: StateSnapshotContext) {
        var writer = ByteWriter()
        writer.append(integer: sequence)
        snapshot.add(OperatorStateEntry(entryName, .union, [writer.array]))
    }

    /// Goes on past the highest number of any instance.
    func restore(_ context: OperatorContext) throws(WeirError) {
        for element in context.restored.elements(entryName) {
            let next = try element.withReader { reader throws(WeirError) in
                try reader.readInteger(as: Int64.self)
            }
            sequence = max(sequence, next)
        }
    }
}

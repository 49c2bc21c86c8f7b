import WeirCore
import WeirData
import WeirState

/// What is kept of a window besides its rows.
struct WindowRecord {
    /// Rows since a count trigger last fired.
    var count: Int64 = 0
    /// The next firing of a continuous trigger; `Int64.max` before the first row.
    var nextFiring: Int64 = .max
    /// Rows in the accumulator.
    var rowCount: Int64 = 0
    /// Rows with lower sequence numbers were purged.
    var firstSequence: Int64 = 0
    /// The accumulator's bytes, if there is one.
    var accumulator: [UInt8] = []
}

/// The windows of each key, in the order of their starts.
///
/// ```
/// entry key: key | start i64 | end i64
/// value:     count i64 | next firing i64 | rows i64 | first sequence i64 | accumulator
/// ```
final class WindowStore {
    private let state: SortedState
    private let key: CurrentKey
    private var builder = SortedKey()
    private var writer = ByteWriter()
    private var hints = FirstHints()

    init(_ owner: KeyedOperator, format: String) throws(WeirError) {
        state = try owner.sortedState(
            "windows",
            .orderedMap,
            valueSchema: ValueFormat.bytes(width: nil, format)
        )
        key = owner.key
    }

    /// The record of a window of the current key.
    func record(_ window: WindowBounds) throws(WeirError) -> WindowRecord? {
        build(window)
        guard let value = state.value(key.keyGroup, builder.bytes) else { return nil }
        return try value.withReader { reader throws(WeirError) in
            WindowRecord(
                count: try reader.readInteger(),
                nextFiring: try reader.readInteger(),
                rowCount: try reader.readInteger(),
                firstSequence: try reader.readInteger(),
                accumulator: [UInt8](try reader.readBytes(reader.remaining))
            )
        }
    }

    /// Keeps a record.
    func set(_ window: WindowBounds, _ record: WindowRecord) {
        build(window)
        writer.removeAll()
        writer.append(integer: record.count)
        writer.append(integer: record.nextFiring)
        writer.append(integer: record.rowCount)
        writer.append(integer: record.firstSequence)
        writer.append(bytes: record.accumulator)
        hints.noteWrite(key.hash, builder.bytes)
        state.set(key.keyGroup, builder.bytes, writer.bytes)
    }

    /// Forgets a window.
    func remove(_ window: WindowBounds) {
        build(window)
        state.remove(key.keyGroup, builder.bytes)
    }

    /// The windows of the current key, by start.
    func windows() -> [WindowBounds] {
        builder.reset()
        builder.append(key: key.bytes, key.layout)
        let prefix = [UInt8](builder.bytes)
        var start = prefix
        switch hints.known(key.hash, builder.bytes) {
        case .isEmpty: return []
        case .from(let first): start = first
        case .nothing: break
        }
        let found = state.entries(key.keyGroup, prefix: prefix, from: start, limit: .max)
        hints.note(key.hash, builder.bytes, first: found.first?.key)
        return found.map {
            $0.key.withUnsafeBytes { bytes in
                WindowBounds(
                    start: SortedKey.integer(bytes, at: prefix.count),
                    end: SortedKey.integer(bytes, at: prefix.count + 8)
                )
            }
        }
    }

    private func build(_ window: WindowBounds) {
        builder.reset()
        builder.append(key: key.bytes, key.layout)
        builder.append(window.start)
        builder.append(window.end)
    }
}

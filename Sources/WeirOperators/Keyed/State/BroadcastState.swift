import WeirCore
import WeirData

/// Entries that every instance of an operator holds alike, in the order of their keys.
///
/// Written by the rows of a broadcast input, which all instances see in their own order; so what is
/// written must not depend on the order of rows of different senders.
public struct BroadcastState<Key: OrderedStateKey, Value: StateValue> {
    let cell: BroadcastCell

    /// The value of a key; setting nil removes it.
    public subscript(_ key: Key) -> Value? {
        get {
            cell.read { key.store(orderedKey: &$0) }.flatMap { bytes in
                bytes.withUnsafeBytes { Value.load(state: $0) }
            }
        }
        nonmutating set {
            cell.write(
                { key.store(orderedKey: &$0) },
                newValue.map { value in
                    { value.store(state: &$0) }
                }
            )
        }
    }

    /// All entries, in order.
    public var entries: [(key: Key, value: Value)] {
        cell.entries().compactMap { entry in
            let key = entry.key.withUnsafeBytes { Key.load(orderedKey: $0) }
            let value = entry.value.withUnsafeBytes { Value.load(state: $0) }
            guard let key, let value else { return nil }
            return (key, value)
        }
    }
}

/// The bytes behind a broadcast state.
final class BroadcastCell {
    let name: String
    private var stored = SortedEntries()
    private var keyWriter = ByteWriter()
    private var valueWriter = ByteWriter()

    init(_ name: String) { self.name = name }

    func read(_ key: (inout ByteWriter) -> Void) -> [UInt8]? {
        keyWriter.removeAll()
        key(&keyWriter)
        let (position, isEqual) = stored.lowerBound(keyWriter.bytes)
        return isEqual ? stored.entry(position)?.value : nil
    }

    func write(_ key: (inout ByteWriter) -> Void, _ value: ((inout ByteWriter) -> Void)?) {
        keyWriter.removeAll()
        key(&keyWriter)
        guard let value else {
            stored.remove(keyWriter.bytes)
            return
        }
        valueWriter.removeAll()
        value(&valueWriter)
        stored.set(keyWriter.bytes, valueWriter.bytes)
    }

    func entries() -> [(key: [UInt8], value: [UInt8])] {
        var all: [(key: [UInt8], value: [UInt8])] = []
        var position = SortedEntries.Position(leaf: 0, index: 0)
        while let entry = stored.entry(position) {
            all.append(entry)
            position = stored.next(position)
        }
        return all
    }

    /// The name under which it stands in snapshots.
    private var entryName: String { "broadcast:" + name }

    func snapshot(_ snapshot: StateSnapshotContext) {
        let elements = entries().map { entry in
            var writer = ByteWriter()
            writer.append(sized: entry.key)
            writer.append(sized: entry.value)
            return writer.array
        }
        snapshot.add(OperatorStateEntry(entryName, .broadcast, elements))
    }

    func restore(_ context: OperatorContext) throws(WeirError) {
        for element in context.restored.elements(entryName) {
            try element.withReader { reader throws(WeirError) in
                let key = try reader.readSized()
                let value = try reader.readSized()
                try reader.finish()
                stored.set(key, value)
            }
        }
    }
}

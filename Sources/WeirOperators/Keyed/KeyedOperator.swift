import WeirCore
import WeirData
import WeirState

/// An operator whose state belongs to keys: extracts the keys of each batch, registers states.
///
/// Inputs past the key fields carry no key.
open class KeyedOperator: Operator {
    /// The key of each keyed input.
    public let keyFields: [KeyFields]
    let codecs: [KeyCodec]
    let extracted: [ExtractedKeys]
    /// The key at hand; set by `open`.
    private(set) var key: CurrentKey
    private var keyScratch: Batch

    /// An operator with keys on its first inputs.
    public init(_ keyFields: [KeyFields]) {
        precondition(!keyFields.isEmpty, "a keyed operator needs a key")
        self.keyFields = keyFields
        codecs = keyFields.map { $0.makeCodec() }
        let layout = codecs[0].layout
        precondition(codecs.allSatisfy { $0.layout == layout }, "keys of different layouts")
        extracted = codecs.map { ExtractedKeys($0.layout) }
        key = CurrentKey(layout, maxParallelism: 1)
        keyScratch = Batch(keyFields[0].schema, capacity: 1)
    }

    /// How the keys lie.
    final var layout: KeyLayout { codecs[0].layout }

    /// What snapshots say of the keys.
    final var keySchema: [UInt8] { [layout.rawValue] + Array(keyFields[0].format.utf8) }

    /// Prepares keys and registers states, which brings what was restored.
    open override func open() throws(WeirError) {
        key = CurrentKey(layout, maxParallelism: context.maxParallelism)
        key.setTimes(watermark: context.watermark, processingTime: wallMilliseconds)
        try registerStates()
    }

    /// Registers states; called by `open`.
    open func registerStates() throws(WeirError) {}

    /// Takes the new time.
    open override func advanceWatermark(to watermark: Watermark) throws(WeirError) {
        key.setTimes(watermark: watermark.time, processingTime: wallMilliseconds)
    }

    final var wallMilliseconds: Int64 { context.world.clock.wallMilliseconds() }

    /// The keys of the rows of a batch of an input.
    final func extractKeys(
        _ batch: Batch,
        _ rows: RowSelection,
        input: Int
    ) -> ExtractedKeys {
        let keys = extracted[input]
        codecs[input].extract(batch, rows, into: keys)
        return keys
    }

    /// Makes a key current.
    final func moveTo(_ bytes: UnsafeRawBufferPointer) {
        key.set(bytes, hash: KeyHash.hash(bytes))
    }

    // SAFETY: the columns belong to `keyScratch`, which lives until the next call.
    /// A row of input 0 of which only the key's columns are set, to those of the current key.
    final func keyRow() throws(WeirError) -> UnsafeMutablePointer<ColumnReference> {
        // A batch's heap only grows, so a long run of text keys needs a new one now and then.
        if keyScratch.byteCount > KeyedOperator.mostKeyScratchBytes {
            keyScratch = Batch(keyFields[0].schema, capacity: 1)
        }
        let columns = keyScratch.columnReferences
        try codecs[0].decode(key.bytes, into: columns, targets: keyFields[0].columns, row: 0)
        return columns
    }

    private static let mostKeyScratchBytes = 1 << 20

    /// Registers a state with one value a key.
    final func flatState(
        _ name: String,
        _ kind: StateKind,
        values: FlatValueKind,
        timeToLive: StateTimeToLive? = nil,
        valueSchema: [UInt8] = []
    ) throws(WeirError) -> FlatState {
        try context.requiredKeyedState().flatState(
            StateDescriptor(
                name,
                kind,
                timeToLive: timeToLive,
                keySchema: keySchema,
                valueSchema: valueSchema
            ),
            keys: FlatKeyKind(layout),
            values: values
        )
    }

    /// Registers a state whose entries are in the order of their keys.
    final func sortedState(
        _ name: String,
        _ kind: StateKind,
        timeToLive: StateTimeToLive? = nil,
        valueSchema: [UInt8] = []
    ) throws(WeirError) -> SortedState {
        let backend = try context.requiredKeyedState()
        let state = try backend.orderedState(
            StateDescriptor(
                name,
                kind,
                timeToLive: timeToLive,
                keySchema: keySchema,
                valueSchema: valueSchema
            )
        )
        return SortedState(name, backend.keyGroups, state, key)
    }
}

extension OperatorContext {
    /// The keyed state.
    ///
    /// - Throws: `badGraph` if the job gives the operator none.
    func requiredKeyedState() throws(WeirError) -> KeyedStateBackend {
        if let keyedState { return keyedState }
        throw WeirError(
            .badGraph,
            "\(name) keeps keyed state, and the job gives it none.",
            position: name,
            fix: "Put keyBy before it."
        )
    }
}

extension FlatKeyKind {
    /// The kind for keys that lie so.
    init(_ layout: KeyLayout) {
        self =
            switch layout {
            case .fixed8: .fixed8
            case .fixed16: .fixed16
            case .variable: .bytes
            }
    }
}

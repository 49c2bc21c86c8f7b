import CRocksDB

// SAFETY: immutable after `init`; the rule is `@Sendable`.
/// A rule by which compaction drops entries.
///
/// RocksDB calls the rule on its background threads, several at a time. It sees puts only, each
/// key's newest version that the compaction knows; what it drops becomes a deletion.
public final class CompactionFilter: @unchecked Sendable {
    /// Decides on a key and its value; true drops the entry.
    public typealias Rule =
        @Sendable (_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool

    let handle: OpaquePointer

    /// Makes a filter from a rule.
    public init(shouldDrop rule: @escaping Rule) {
        // SAFETY: the retained box is the state pointer of the C object, whose destructor
        // callback releases it; RocksDB passes back the same pointer.
        let box = Unmanaged.passRetained(RuleBox(rule))
        handle = rocksdb_compactionfilter_create(
            box.toOpaque(),
            { state in
                guard let state else { return }
                Unmanaged<RuleBox>.fromOpaque(state).release()
            },
            { state, _, key, keyCount, value, valueCount, _, _, isChanged in
                isChanged?.pointee = 0
                guard let state else { return 0 }
                return Unmanaged<RuleBox>.fromOpaque(state)._withUnsafeGuaranteedRef { box in
                    box.rule(
                        UnsafeRawBufferPointer(start: key, count: keyCount),
                        UnsafeRawBufferPointer(start: value, count: valueCount)
                    ) ? 1 : 0
                }
            },
            { _ in compactionFilterName }
        )
    }

    deinit { rocksdb_compactionfilter_destroy(handle) }
}

/// Carries the rule through C.
private final class RuleBox: Sendable {
    let rule: CompactionFilter.Rule

    init(_ rule: @escaping CompactionFilter.Rule) { self.rule = rule }
}

// SAFETY: static, immutable, zero-terminated text.
nonisolated(unsafe) private let compactionFilterName: UnsafePointer<CChar> = {
    let text: StaticString = "CompactionFilter"
    return UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}()

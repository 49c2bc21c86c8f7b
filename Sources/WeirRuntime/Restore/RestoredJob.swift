import WeirControl
import WeirCore
import WeirOperators
import WeirPlan
import WeirSnapshot
import WeirState

/// A snapshot dealt out to the present graph and parallelism.
public struct RestoredJob: Sendable {
    /// The checkpoint.
    public let checkpoint: CheckpointID
    private let operators: [OperatorID: WeirSnapshot.OperatorSnapshot]

    /// Matches the operators of a snapshot with those of a job.
    ///
    /// State of the operators in `dropped`, by name or id, may be left behind.
    /// - Throws: `unmatchedState` if state finds no operator, `maxParallelismChanged`.
    public init(
        _ manifest: CheckpointManifest,
        for graph: JobGraph,
        dropped: Set<String> = []
    ) throws(WeirError) {
        checkpoint = try SnapshotMatch(manifest, for: graph, dropped: dropped).checkpoint
        operators = Dictionary(uniqueKeysWithValues: manifest.operators.map { ($0.id, $0) })
    }

    /// What the snapshot holds of an operator's keyed state; its files are in `store`.
    func keyedState(of id: OperatorID, store: any FileStore) -> RestoredKeyedState {
        RestoredKeyedState(
            checkpoint: checkpoint,
            schemas: operators[id]?.states ?? [],
            subtasks: operators[id]?.subtasks ?? [],
            store: store
        )
    }

    /// The non-keyed state of one subtask.
    ///
    /// List elements are dealt out in turn, union elements go to all, broadcast elements are those
    /// of the first old subtask. The watermark is the least of the old subtasks'.
    package func operatorState(
        of id: OperatorID,
        subtask: Subtask
    ) throws(WeirError) -> RestoredOperatorState {
        guard let snapshot = operators[id] else {
            return RestoredOperatorState(
                checkpoint: checkpoint,
                watermark: EventTimes.minimum,
                entries: []
            )
        }
        var watermark: Int64?
        var names: [String] = []
        var merged: [String: (StateRedistribution, [[UInt8]])] = [:]
        for old in snapshot.subtasks {
            for blob in old.blobs {
                if blob.name == StateBlob.watermarkName {
                    let time = try StateEntryCodec.decodeWatermark(blob)
                    watermark = min(watermark ?? time, time)
                } else {
                    let entry = try StateEntryCodec.decode(blob)
                    if entry.redistribution == .broadcast, old.index != 0 { continue }
                    if merged[entry.name] == nil { names.append(entry.name) }
                    merged[entry.name, default: (entry.redistribution, [])].1 += entry.elements
                }
            }
        }
        let entries = names.map { name in
            let (redistribution, elements) = merged[name] ?? (.split, [])
            let own =
                redistribution == .split
                ? elements.enumerated().filter {
                    $0.offset % subtask.parallelism == subtask.index
                }.map(\.element) : elements
            return OperatorStateEntry(name, redistribution, own)
        }
        return RestoredOperatorState(
            checkpoint: checkpoint,
            watermark: watermark ?? EventTimes.minimum,
            entries: entries
        )
    }

    /// Whether there are rows that were on their way to an operator.
    var hasInFlightRows: Bool {
        operators.values.contains { $0.subtasks.contains { !$0.channels.isEmpty } }
    }

    /// Rows that were on their way to an operator, in the order in which they are to be replayed.
    func inFlight(
        to id: OperatorID
    ) -> [(oldSubtask: Int, oldParallelism: Int, channel: ChannelHandle)] {
        guard let snapshot = operators[id] else { return [] }
        return snapshot.subtasks.flatMap { subtask in
            subtask.channels.sorted { ($0.input, $0.channel) < ($1.input, $1.channel) }
                .map { (subtask.index, snapshot.parallelism, $0) }
        }
    }
}

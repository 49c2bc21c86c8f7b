import WeirCore
import WeirPlan
import WeirSnapshot

/// A checkpoint as people look at it: when, how large, and how far each vertex is.
public struct CheckpointRecord: Sendable, Equatable {
    /// How far it came.
    public enum Outcome: Sendable, Equatable {
        /// Tasks are still to answer, or the manifest is being stored.
        case inProgress
        /// Its manifest is stored.
        case completed
        /// It was given up: when, in milliseconds since the epoch, and why.
        case failed(at: Int64, String)
    }

    /// The part of a vertex, or of all.
    public struct Part: Sendable, Equatable {
        /// Tasks that must answer.
        public internal(set) var tasks: Int
        /// Tasks that have.
        public internal(set) var acknowledged = 0
        /// The last answer, in milliseconds since the epoch; nil before the first.
        public internal(set) var latestAcknowledgement: Int64?
        /// Bytes of files that no completed checkpoint had before.
        public internal(set) var newBytes = 0
        /// Bytes that a restore would read.
        public internal(set) var stateBytes = 0
        /// Bytes in flight that became part of it.
        public internal(set) var inFlightBytes = 0
    }

    /// Its number.
    public let id: CheckpointID
    /// Whether a person asked for it.
    public let isSavepoint: Bool
    /// Whether it is the last one of a job that ends.
    public let isFinal: Bool
    /// Whether barriers overtook rows.
    public internal(set) var isUnaligned: Bool
    /// When it was triggered, in milliseconds since the epoch.
    public let triggeredAt: Int64
    /// How far it came.
    public internal(set) var outcome = Outcome.inProgress
    /// By vertex.
    public internal(set) var vertices: [Int: Part]

    /// All vertices together.
    public var whole: Part {
        vertices.values.reduce(into: Part(tasks: 0)) { whole, part in
            whole.tasks += part.tasks
            whole.acknowledged += part.acknowledged
            whole.newBytes = whole.newBytes.addingSaturated(part.newBytes)
            whole.stateBytes = whole.stateBytes.addingSaturated(part.stateBytes)
            whole.inFlightBytes = whole.inFlightBytes.addingSaturated(part.inFlightBytes)
            let latest = [whole.latestAcknowledgement, part.latestAcknowledgement]
            whole.latestAcknowledgement = latest.compactMap { $0 }.max()
        }
    }
}

/// The last checkpoints of a job, and from which it was restored: a record that decides nothing.
public struct CheckpointHistory: Sendable {
    /// Checkpoints that are kept.
    public static let mostRecords = 10

    /// The last ones, the oldest first.
    public private(set) var records: [CheckpointRecord] = []
    /// The newest completed one that nobody asked for.
    public private(set) var latestCompleted: CheckpointRecord?
    /// The newest completed one that a person asked for.
    public private(set) var latestSavepoint: CheckpointRecord?
    /// The newest one that failed.
    public private(set) var latestFailed: CheckpointRecord?
    /// The one that the present attempt goes on from, and when it began to.
    public private(set) var latestRestored: (id: CheckpointID, isSavepoint: Bool, at: Int64)?
    /// How often the job went on from one.
    public private(set) var restores = 0
    private var tasks: [TaskID]
    /// Files of the completed checkpoint before: what it had is not new.
    private var knownFiles: Set<String> = []
    /// Files of the one in progress.
    private var pendingFiles: Set<String> = []

    /// The history of a job with these tasks.
    public init(tasks: [TaskID]) { self.tasks = tasks }

    /// The next attempt has other tasks; what there was of the present ones cannot be told by vertices
    /// any more, and is forgotten.
    public mutating func replan(_ tasks: [TaskID]) {
        let before = self
        self = CheckpointHistory(tasks: tasks)
        latestRestored = before.latestRestored
        restores = before.restores
        knownFiles = before.knownFiles
    }

    /// An attempt goes on from a checkpoint; times in milliseconds since the epoch.
    public mutating func restored(_ id: CheckpointID, isSavepoint: Bool, at time: Int64) {
        latestRestored = (id, isSavepoint, time)
        restores += 1
    }

    /// A checkpoint begins; what was in progress was given up.
    public mutating func triggered(
        _ barrier: CheckpointBarrier,
        isSavepoint: Bool,
        at time: Int64
    ) {
        // Sources whose inputs end are told of the same one later.
        if records.last?.id == barrier.checkpoint { return }
        if let last = records.last, last.outcome == .inProgress {
            failed(last.id, "The attempt that it belonged to has ended.", at: time)
        }
        var vertices: [Int: CheckpointRecord.Part] = [:]
        for task in tasks {
            vertices[task.vertex, default: CheckpointRecord.Part(tasks: 0)].tasks += 1
        }
        records.append(
            CheckpointRecord(
                id: barrier.checkpoint,
                isSavepoint: isSavepoint,
                isFinal: barrier.purpose == .final,
                isUnaligned: barrier.isUnaligned,
                triggeredAt: time,
                vertices: vertices
            )
        )
        if records.count > Self.mostRecords { records.removeFirst() }
        pendingFiles = []
    }

    /// A task has stored its part.
    public mutating func acknowledged(
        _ task: TaskID,
        _ id: CheckpointID,
        _ snapshot: TaskSnapshot,
        at time: Int64
    ) {
        guard let index = inProgress(id) else { return }
        if snapshot.isUnaligned { records[index].isUnaligned = true }
        var part = records[index].vertices[task.vertex] ?? CheckpointRecord.Part(tasks: 0)
        part.acknowledged += 1
        part.latestAcknowledgement = max(part.latestAcknowledgement ?? time, time)
        for file in snapshot.parts.flatMap(\.subtask.files) {
            part.stateBytes = part.stateBytes.addingSaturated(file.size)
            if pendingFiles.insert(file.name).inserted, !knownFiles.contains(file.name) {
                part.newBytes = part.newBytes.addingSaturated(file.size)
            }
        }
        part.inFlightBytes = snapshot.inFlight.reduce(part.inFlightBytes) {
            $0.addingSaturated($1.channel.file.size)
        }
        records[index].vertices[task.vertex] = part
    }

    /// A checkpoint's manifest is stored.
    public mutating func completed(_ id: CheckpointID) {
        guard let index = inProgress(id) else { return }
        records[index].outcome = .completed
        knownFiles = pendingFiles
        if records[index].isSavepoint {
            latestSavepoint = records[index]
        } else {
            latestCompleted = records[index]
        }
    }

    /// A checkpoint was given up.
    public mutating func failed(_ id: CheckpointID, _ reason: String, at time: Int64) {
        guard let index = inProgress(id) else { return }
        records[index].outcome = .failed(at: time, reason)
        latestFailed = records[index]
    }

    private func inProgress(_ id: CheckpointID) -> Int? {
        records.lastIndex { $0.id == id && $0.outcome == .inProgress }
    }
}

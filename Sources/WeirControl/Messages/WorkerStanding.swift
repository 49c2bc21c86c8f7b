import WeirCore
import WeirData
import WeirPlan
import WeirTransport

/// What a worker runs, as it tells a job manager that has just become leader.
public struct WorkerStanding: Sendable, Equatable {
    /// Where it takes data connections.
    public let dataPort: Int
    /// The hash of the graph that its program makes.
    public let graphFingerprint: UInt64
    /// What was deployed to it last and not cancelled; nil: nothing.
    public let deployed: DeployedPart?

    /// Describes a worker.
    public init(dataPort: Int, graphFingerprint: UInt64, deployed: DeployedPart?) {
        self.dataPort = dataPort
        self.graphFingerprint = graphFingerprint
        self.deployed = deployed
    }

    func encode(into writer: inout ByteWriter) {
        writer.append(count: dataPort)
        writer.append(integer: graphFingerprint)
        writer.append(flag: deployed != nil)
        deployed?.encode(into: &writer)
    }

    init(from reader: inout ByteReader) throws(WeirError) {
        dataPort = try reader.readNumber(below: 1 << 16)
        graphFingerprint = try reader.readInteger()
        deployed = try reader.readBoolean() ? try DeployedPart(from: &reader) : nil
    }
}

/// A worker's part of an attempt: where its tasks stand, and which checkpoints they have met.
public struct DeployedPart: Sendable, Equatable {
    /// The attempt.
    public let attempt: Attempt
    /// By slot of the attempt: the position of the worker that runs it.
    public let slots: [Int]
    /// Where the workers of the attempt are, by position.
    public let workers: [DataAddress]
    /// The position of this worker.
    public let own: Int
    /// Its tasks that take rows.
    public var running: Set<TaskID> = []
    /// Its tasks whose input, or source, has ended.
    public var exhausted: Set<TaskID> = []
    /// The highest checkpoint that its tasks have met.
    public var highest = CheckpointID.none
    /// The highest checkpoint that it was told is complete.
    public var completed = CheckpointID.none
    /// What its sources were told about their end.
    public private(set) var sources = Sources.reading
    /// Why the attempt cannot go on; nil if it can.
    public var failure: WeirError?

    /// What sources were told about their end.
    public enum Sources: Int, Sendable {
        /// Nothing: they read on, to their own end.
        case reading
        /// To stop where they are.
        case suspended
        /// To stop as if their input had ended.
        case drained
    }

    /// A part of which no task runs yet.
    public init(attempt: Attempt, slots: [Int], workers: [DataAddress], own: Int) {
        self.attempt = attempt
        self.slots = slots
        self.workers = workers
        self.own = own
    }

    /// Notes what one of its tasks tells; events of other attempts change nothing.
    public mutating func note(_ event: TaskEvent) {
        guard event.attempt == attempt else { return }
        switch event.kind {
        case .running: running.insert(event.task)
        case .ended: exhausted.insert(event.task)
        case .reached(let checkpoint, _), .acknowledged(let checkpoint, _),
            .declined(let checkpoint, _):
            highest = max(highest, checkpoint)
        case .failed(let error): failure = failure ?? error
        case .committed, .closed, .metrics, .latencies: break
        }
    }

    /// Its sources are told to stop.
    public mutating func noteStop(drain: Bool) { sources = drain ? .drained : .suspended }

    func encode(into writer: inout ByteWriter) {
        writer.append(integer: attempt.number)
        writer.append(list: slots) { $1.append(count: $0) }
        writer.append(list: workers) { worker, writer in
            writer.append(string: worker.host)
            writer.append(count: worker.port)
        }
        writer.append(count: own)
        for tasks in [running, exhausted] {
            writer.append(list: tasks.sorted()) { $1.append(task: $0) }
        }
        writer.append(integer: highest.number)
        writer.append(integer: completed.number)
        writer.append(count: sources.rawValue)
        writer.append(flag: failure != nil)
        if let failure { writer.append(failure) }
    }

    init(from reader: inout ByteReader) throws(WeirError) {
        attempt = Attempt(try reader.readInteger())
        slots = try reader.readList(smallest: 1) { (reader) throws(WeirError) in
            try reader.readNumber(below: 1 << 16)
        }
        workers = try reader.readList(smallest: 2) { (reader) throws(WeirError) in
            let host = try reader.readString()
            return DataAddress(host: host, port: try reader.readNumber(below: 1 << 16))
        }
        own = try reader.readNumber(below: max(1, workers.count))
        let count = workers.count
        guard slots.allSatisfy({ $0 < count }) else {
            throw reader.corrupt("a slot of a worker that is none")
        }
        running = try Self.tasks(&reader)
        exhausted = try Self.tasks(&reader)
        highest = CheckpointID(try reader.readInteger())
        completed = CheckpointID(try reader.readInteger())
        guard let sources = Sources(rawValue: try reader.readNumber(below: 3)) else {
            throw reader.corrupt("sources that were told what does not exist")
        }
        self.sources = sources
        failure = try reader.readBoolean() ? try reader.readError() : nil
    }

    private static func tasks(_ reader: inout ByteReader) throws(WeirError) -> Set<TaskID> {
        Set(
            try reader.readList(smallest: 2) { (reader) throws(WeirError) in try reader.readTask() }
        )
    }
}

import WeirCore
import WeirData
import WeirSnapshot
import WeirTransport

/// An attempt of a job, as each of its workers is told: the same for all but `own`.
public struct Deployment: Sendable, Equatable {
    /// The job.
    public let job: JobID
    /// The attempt.
    public let attempt: Attempt
    /// The hash of the graph that the job manager has; a worker that has another one refuses.
    public let graphFingerprint: UInt64
    /// Settings that differ from their defaults, by key.
    public let settings: [String: String]
    /// By slot: the position of the worker that runs it.
    public let slots: [Int]
    /// Where the workers are, by position.
    public let workers: [DataAddress]
    /// The position of the worker that is told.
    public let own: Int
    /// What every worker of the job knows and nobody else.
    public let token: [UInt8]
    /// What to go on from; nil: from nothing.
    public let manifest: CheckpointManifest?
    /// The directory that the job's snapshots are stored in, which all workers reach.
    public let checkpointDirectory: String
    /// Names of states and operators whose snapshot is given up.
    public let droppedStates: Set<String>

    /// Describes an attempt.
    public init(
        job: JobID,
        attempt: Attempt,
        graphFingerprint: UInt64,
        settings: [String: String],
        slots: [Int],
        workers: [DataAddress],
        own: Int,
        token: [UInt8],
        manifest: CheckpointManifest?,
        checkpointDirectory: String,
        droppedStates: Set<String>
    ) {
        self.job = job
        self.attempt = attempt
        self.graphFingerprint = graphFingerprint
        self.settings = settings
        self.slots = slots
        self.workers = workers
        self.own = own
        self.token = token
        self.manifest = manifest
        self.checkpointDirectory = checkpointDirectory
        self.droppedStates = droppedStates
    }

    func encode(into writer: inout ByteWriter) {
        writer.append(string: job.description)
        writer.append(integer: attempt.number)
        writer.append(integer: graphFingerprint)
        writer.append(list: settings.sorted { $0.key < $1.key }) { setting, writer in
            writer.append(string: setting.key)
            writer.append(string: setting.value)
        }
        writer.append(list: slots) { $1.append(count: $0) }
        writer.append(list: workers) { worker, writer in
            writer.append(string: worker.host)
            writer.append(count: worker.port)
        }
        writer.append(count: own)
        writer.append(sized: token)
        writer.append(flag: manifest != nil)
        if let manifest { writer.append(sized: manifest.encoded()) }
        writer.append(string: checkpointDirectory)
        writer.append(list: droppedStates.sorted()) { $1.append(string: $0) }
    }

    init(from reader: inout ByteReader) throws(WeirError) {
        guard let job = JobID(try reader.readString()) else { throw reader.corrupt("no job id") }
        self.job = job
        attempt = Attempt(try reader.readInteger())
        graphFingerprint = try reader.readInteger()
        var settings: [String: String] = [:]
        for _ in 0..<(try reader.readCount(elementSize: 2)) {
            let key = try reader.readString()
            settings[key] = try reader.readString()
        }
        self.settings = settings
        let slots = try reader.readList(smallest: 1) { (reader) throws(WeirError) in
            try reader.readNumber(below: 1 << 16)
        }
        let workers = try reader.readList(smallest: 2) { (reader) throws(WeirError) in
            let host = try reader.readString()
            return DataAddress(host: host, port: try reader.readNumber(below: 1 << 16))
        }
        let own = try reader.readNumber(below: max(1, workers.count))
        guard slots.allSatisfy({ $0 < workers.count }) else {
            throw reader.corrupt("a slot of a worker that is none")
        }
        (self.slots, self.workers, self.own) = (slots, workers, own)
        token = [UInt8](try reader.readSized())
        if try reader.readBoolean() {
            let bytes = [UInt8](try reader.readSized())
            do throws(WeirError) {
                manifest = try CheckpointManifest(decoding: bytes, name: "the manifest")
            } catch {
                throw reader.corrupt("\(error.message) \(error.reason)")
            }
        } else {
            manifest = nil
        }
        checkpointDirectory = try reader.readString()
        droppedStates = Set(
            try reader.readList(smallest: 1) { (reader) throws(WeirError) in
                try reader.readString()
            }
        )
    }
}

import WeirCore
import WeirData

/// Where a worker takes in data connections.
public struct DataAddress: Hashable, Sendable {
    /// A name or an address.
    public let host: String
    /// The TCP port.
    public let port: Int

    /// Names a place.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

/// A channel to a task in another worker.
public struct RemoteOutput: Sendable {
    /// The channel's number, unlike any other of the attempt.
    public let stream: UInt32
    /// What the task puts in.
    public let queue: SendQueue

    /// Describes a channel.
    public init(stream: UInt32, queue: SendQueue) {
        self.stream = stream
        self.queue = queue
    }
}

/// A channel from a task in another worker.
public struct RemoteInput: Sendable {
    /// The channel's number, unlike any other of the attempt.
    public let stream: UInt32
    /// Where the task takes elements out; its producer's parker is the data plane's.
    public let ring: RingChannel
    /// What its batches look like.
    public let schema: Schema

    /// Describes a channel.
    public init(stream: UInt32, ring: RingChannel, schema: Schema) {
        self.stream = stream
        self.ring = ring
        self.schema = schema
    }
}

/// The connections that one attempt of a job needs between this worker and others, which are known by
/// their positions in the list of the attempt's workers.
public struct DataPlaneAttempt: Sendable {
    /// The job.
    public let job: JobID
    /// The attempt.
    public let attempt: Attempt
    /// What every worker of the job knows and nobody else.
    public let token: [UInt8]
    /// This worker's position.
    public let own: Int
    /// Where the others are that it sends to.
    public let addresses: [Int: DataAddress]
    /// Channels that begin here, by receiving worker.
    public let outputs: [Int: [RemoteOutput]]
    /// Channels that end here, by sending worker.
    public let inputs: [Int: [RemoteInput]]
    /// Called once, on the data plane's thread, if a connection fails.
    public let onFailure: @Sendable (WeirError) -> Void

    /// Describes an attempt.
    ///
    /// - Precondition: an address for each receiving worker.
    public init(
        job: JobID,
        attempt: Attempt,
        token: [UInt8],
        own: Int,
        addresses: [Int: DataAddress],
        outputs: [Int: [RemoteOutput]],
        inputs: [Int: [RemoteInput]],
        onFailure: @escaping @Sendable (WeirError) -> Void
    ) {
        precondition(outputs.keys.allSatisfy { addresses[$0] != nil }, "an address is missing")
        self.job = job
        self.attempt = attempt
        self.token = token
        self.own = own
        self.addresses = addresses
        self.outputs = outputs
        self.inputs = inputs
        self.onFailure = onFailure
    }
}

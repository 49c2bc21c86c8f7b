import WeirCore
import WeirData
import WeirPlan
import WeirTransport

/// The channels of an attempt that begin or end in this process, made before the threads start and
/// handed to both ends.
///
/// Each channel of the attempt, wherever it leads, has a number that is the same in every worker.
struct Wiring: Sendable {
    /// By edge, sending subtask, receiving subtask: where the receiver takes elements out; nil where
    /// there is no channel or it ends elsewhere.
    let rings: [[[RingChannel?]]]
    /// By edge, sending subtask, receiving subtask: where the sender puts elements in.
    let senders: [[[ChannelSender?]]]
    /// Channels to other workers, by worker.
    let outputs: [Int: [RemoteOutput]]
    /// Channels from other workers, by worker.
    let inputs: [Int: [RemoteInput]]

    init(_ deployment: JobDeployment, parkers: [Int: any Parker]) {
        var builder = WiringBuilder(deployment: deployment, parkers: parkers)
        let vertices = deployment.graph.vertices
        var rings: [[[RingChannel?]]] = []
        var senders: [[[ChannelSender?]]] = []
        for edge in deployment.graph.edges {
            let (sending, receiving) = (vertices[edge.source], vertices[edge.target])
            var ofEdge: [[(RingChannel?, ChannelSender?)]] = []
            for sender in 0..<sending.parallelism {
                ofEdge.append(
                    (0..<receiving.parallelism).map {
                        builder.channel(edge, from: sender, to: $0)
                    }
                )
            }
            rings.append(ofEdge.map { $0.map(\.0) })
            senders.append(ofEdge.map { $0.map(\.1) })
        }
        self.rings = rings
        self.senders = senders
        outputs = builder.outputs
        inputs = builder.inputs
    }
}

/// Makes one channel after the other.
private struct WiringBuilder {
    let deployment: JobDeployment
    let parkers: [Int: any Parker]
    var outputs: [Int: [RemoteOutput]] = [:]
    var inputs: [Int: [RemoteInput]] = [:]
    private var nextStream: UInt32 = 0

    init(deployment: JobDeployment, parkers: [Int: any Parker]) {
        self.deployment = deployment
        self.parkers = parkers
    }

    /// The two ends of a channel, as far as they are in this process.
    mutating func channel(
        _ edge: JobEdge,
        from sender: Int,
        to receiver: Int
    ) -> (RingChannel?, ChannelSender?) {
        let stream = nextStream
        nextStream += 1
        if edge.exchange == .forward, sender != receiver { return (nil, nil) }
        let capacity = edge.exchange == .pull ? 1 : deployment.channelCapacity
        let dataPlane = deployment.placement.connections?.dataPlane.parker
        switch (parkers[sender], parkers[receiver]) {
        case (let sending?, let receiving?):
            let ring = RingChannel(softCapacity: capacity, producer: sending, consumer: receiving)
            return (ring, .ring(ring))
        case (let sending?, nil):
            guard let dataPlane else { return (nil, nil) }
            let queue = SendQueue(softCapacity: capacity, producer: sending, consumer: dataPlane)
            outputs[deployment.placement.workers[receiver], default: []]
                .append(RemoteOutput(stream: stream, queue: queue))
            return (nil, .queue(queue))
        case (nil, let receiving?):
            guard let dataPlane else { return (nil, nil) }
            let ring = RingChannel(softCapacity: capacity, producer: dataPlane, consumer: receiving)
            inputs[deployment.placement.workers[sender], default: []].append(
                RemoteInput(stream: stream, ring: ring, schema: schema(of: edge))
            )
            return (ring, nil)
        case (nil, nil): return (nil, nil)
        }
    }

    private func schema(of edge: JobEdge) -> Schema {
        deployment.graph.streamGraph.nodes[edge.sourceNode].outputs[edge.output]
    }
}

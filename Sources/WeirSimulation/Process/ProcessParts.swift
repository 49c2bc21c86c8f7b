import WeirCore

/// What belongs to one process of a simulation.
final class ProcessParts: Sendable {
    let identity: ProcessIdentity
    let disk: SimulatedFileSystem
    let network: SimulatedNetwork
    let host: SimulatedProcessHost

    init(
        _ identity: ProcessIdentity,
        disk: SimulatedFileSystem,
        network: SimulatedNetwork,
        host: SimulatedProcessHost
    ) {
        self.identity = identity
        self.disk = disk
        self.network = network
        self.host = host
    }
}

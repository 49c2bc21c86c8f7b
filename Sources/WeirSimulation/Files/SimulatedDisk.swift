import WeirCore

/// What all processes that have one simulated disk share: its content and its faults.
final class SimulatedDisk {
    let simulation: Simulation
    /// Bytes that fit; nil: no limit.
    var capacityBytes: Int?
    /// Operations so far, failed ones included.
    private(set) var operationCount = 0
    /// Whether it works; false from a power cut until `crash`.
    private(set) var isPowered = true
    /// The operation during which the power fails.
    var lastOperation: Int?
    /// Grows with each crash.
    private(set) var generation = 0
    var faults = FileFaults()
    var tree = DirectoryTree(modifiedAt: 0)

    init(_ simulation: Simulation) { self.simulation = simulation }

    /// Counts an operation; whether the power fails during it.
    func beginOperation() -> Bool {
        operationCount += 1
        let isLast = operationCount == lastOperation
        if isLast { isPowered = false }
        return isLast
    }

    /// Comes back after a power cut with what was on the disk.
    func crash() {
        simulation.record(.crash, 2)
        generation += 1
        tree.unlockAll()
        tree.crash(simulation)
        isPowered = true
        lastOperation = nil
    }

    /// How many of `count` more bytes fit.
    func room(for count: Int) -> Int {
        guard let capacityBytes else { return count }
        return max(0, min(count, capacityBytes - tree.usedBytes()))
    }
}

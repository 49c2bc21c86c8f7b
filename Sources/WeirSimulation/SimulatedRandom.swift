import WeirCore

/// Chance that follows the world's seed.
struct SimulatedRandom: RandomSource {
    let simulation: Simulation

    func next() -> UInt64 { simulation.draw() }
}

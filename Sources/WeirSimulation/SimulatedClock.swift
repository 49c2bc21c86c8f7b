import WeirCore

/// Virtual time.
struct SimulatedClock: Clock {
    let simulation: Simulation

    func monotonicNanoseconds() -> Int64 { simulation.now }

    func wallMilliseconds() -> Int64 { simulation.now / 1_000_000 + simulation.wallOffset }
}

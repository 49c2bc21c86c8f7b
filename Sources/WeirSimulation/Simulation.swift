import WeirCore

/// What all parts of a simulated world share: time, chance, and the trace.
// SAFETY: one thread runs a simulation; the classes of this module are Sendable only because the
// protocols of World ask for it.
final class Simulation: @unchecked Sendable {
    /// Monotonic nanoseconds; only grows.
    private(set) var now: Int64 = 1_000_000_000
    /// What wall time is ahead of monotonic time, in milliseconds.
    var wallOffset: Int64
    /// Decides order, delay and damage.
    private var chance: SplitMix64
    /// What the simulated program draws; apart, so that its draws do not shift the schedule.
    private var drawn: SplitMix64
    private(set) var trace = TraceHash()
    /// Called with each effect, as text.
    var onEffect: ((String) -> Void)?
    /// What a step of a thread takes on average.
    private let stepNanoseconds: Int

    init(seed: UInt64, wallMilliseconds: Int64, stepNanoseconds: Int) {
        self.stepNanoseconds = stepNanoseconds
        var seeds = SplitMix64(seed: seed)
        chance = SplitMix64(seed: seeds.next())
        drawn = SplitMix64(seed: seeds.next())
        wallOffset = wallMilliseconds - now / 1_000_000
    }

    /// Moves time forward; a moment that has passed changes nothing.
    func advance(to moment: Int64) {
        guard moment > now else { return }
        now = moment
        trace.mix(.time, UInt64(bitPattern: moment))
    }

    /// Moves time by what one step takes.
    func takeTime() {
        guard stepNanoseconds > 0 else { return }
        advance(to: now + Int64(choose(below: 2 * stepNanoseconds)))
    }

    /// A number from 0 to `limit - 1`.
    func choose(below limit: Int) -> Int {
        limit <= 1 ? 0 : Int(chance.next() % UInt64(limit))
    }

    func coin() -> Bool { chance.next() & 1 == 1 }

    func draw() -> UInt64 {
        let number = drawn.next()
        record(.random, number)
        return number
    }

    func record(_ kind: TraceHash.Kind, _ number: UInt64) {
        trace.mix(kind, number)
        if let onEffect { onEffect("\(now) \(kind) \(number)") }
    }

    func record(_ kind: TraceHash.Kind, _ text: String) {
        trace.mix(kind, text)
        if let onEffect { onEffect("\(now) \(kind) \(text)") }
    }

    func record(_ kind: TraceHash.Kind, _ bytes: UnsafeRawBufferPointer) {
        trace.mix(kind, bytes)
        if let onEffect { onEffect("\(now) \(kind) \(bytes.count) bytes, then \(trace.value)") }
    }
}

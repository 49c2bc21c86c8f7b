import Weir
import WeirTesting

extension JobDriver {
    /// Runs the job to its end, through crashes and power cuts at moments by chance, each time at
    /// another parallelism.
    func finish(
        crashes: Int,
        within longest: Int = 30_000,
        _ chance: inout Chance
    ) throws -> JobOutcome {
        for _ in 0..<crashes {
            try start(parallelism: 1 + chance.below(4))
            run(for: .microseconds(chance.below(longest)))
            if chance.below(2) == 0 { crash() } else { cutPower() }
        }
        try start(parallelism: 1 + chance.below(4))
        return try finish()
    }
}

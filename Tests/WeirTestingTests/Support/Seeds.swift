import Weir
import WeirSystem

/// Which seeds a random test runs: some by default, `WEIR_SEEDS=first-last` for a longer search.
enum Seeds {
    static func upTo(_ count: UInt64) -> ClosedRange<UInt64> {
        guard let asked = RealWorld().processes.environment("WEIR_SEEDS") else { return 1...count }
        let bounds = asked.split(separator: "-").compactMap { UInt64($0) }
        precondition(bounds.count == 2, "WEIR_SEEDS is like 1-1000, not \(asked)")
        return bounds[0]...bounds[1]
    }
}

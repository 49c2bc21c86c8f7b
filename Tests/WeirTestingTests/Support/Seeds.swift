import Weir
import WeirSystem

/// Which seeds a random test runs: some by default, `TEST_SEEDS=first-last` for a longer search.
enum Seeds {
    static func upTo(_ count: UInt64) -> ClosedRange<UInt64> {
        guard let asked = RealWorld().processes.environment("TEST_SEEDS") else { return 1...count }
        let bounds = asked.split(separator: "-").compactMap { UInt64($0) }
        precondition(bounds.count == 2, "TEST_SEEDS is like 1-1000, not \(asked)")
        return bounds[0]...bounds[1]
    }
}

import WeirCore
import WeirState

extension JobSettings {
    /// How keyed state is kept.
    var statePolicy: KeyedStatePolicy {
        var policy = KeyedStatePolicy()
        policy.mergePercent = mergeMemoryPercent
        policy.eagerBytes = Int(eagerRestoreSize.bytes)
        return policy
    }
}

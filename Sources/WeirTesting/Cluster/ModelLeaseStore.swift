import Synchronization
import WeirCore
import WeirJobManager

/// A model of the metadata store that job managers share: as etcd does, it gives a lease to one at a time,
/// and writes on condition.
///
/// It never fails, and a lease ends at the first moment at which it may.
final class ModelLeaseStore: LeaseStore {
    private struct Leader {
        let lease: Lease
        let name: String
        let duration: Int64
        /// Monotonic nanoseconds.
        var until: Int64
    }

    private struct State {
        var leader: Leader?
        var epoch: UInt64 = 0
        var values: [String: [UInt8]] = [:]
    }

    let place = "model:"
    private let clock: any Clock
    private let state = Mutex(State())

    init(_ clock: any Clock) { self.clock = clock }

    func acquire(for nanoseconds: Int64, as name: String) throws(WeirError) -> LeaseAnswer {
        let now = clock.monotonicNanoseconds()
        return state.withLock { state in
            if let leader = state.leader, now < leader.until { return .taken(by: leader.name) }
            state.epoch += 1
            let lease = Lease(
                id: Int64(state.epoch),
                revision: Int64(state.epoch),
                epoch: LeaderEpoch(state.epoch)
            )
            state.leader = Leader(
                lease: lease,
                name: name,
                duration: nanoseconds,
                until: now + nanoseconds
            )
            return .granted(lease)
        }
    }

    func renew(_ lease: Lease) throws(WeirError) -> Bool {
        let now = clock.monotonicNanoseconds()
        return state.withLock { state in
            guard let leader = state.leader, leader.lease == lease, now < leader.until else {
                return false
            }
            state.leader?.until = now + leader.duration
            return true
        }
    }

    func release(_ lease: Lease) throws(WeirError) {
        state.withLock { state in
            if state.leader?.lease == lease { state.leader = nil }
        }
    }

    func put(_ bytes: [UInt8], as name: String, by lease: Lease) throws(WeirError) -> Bool {
        let now = clock.monotonicNanoseconds()
        return state.withLock { state in
            guard let leader = state.leader, leader.lease == lease, now < leader.until else {
                return false
            }
            state.values[name] = bytes
            return true
        }
    }

    func get(_ name: String) throws(WeirError) -> [UInt8]? {
        state.withLock { $0.values[name] }
    }

    func getAll(
        prefix: String
    ) throws(WeirError) -> [(name: String, bytes: [UInt8])] {
        state.withLock { state in
            state.values.filter { $0.key.hasPrefix(prefix) }.sorted { $0.key < $1.key }
                .map { (name: $0.key, bytes: $0.value) }
        }
    }
}

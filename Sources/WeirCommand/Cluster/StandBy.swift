import Synchronization
import Weir
import WeirCore
import WeirJobManager

/// A job manager's process beside others: it waits until it leads, and ends when it leads no more.
final class StandBy: Sendable {
    private final class Place: Sendable {
        let leadership = Mutex<Leadership?>(nil)
    }

    private let place = Place()
    private let role: RoleProcess
    private let candidate: RunningCandidate

    /// Begins to stand by; `name` is what others are told of it while it leads.
    ///
    /// - Throws: `metadataStoreFailed` if the store is not there now; later that is waited for.
    init(_ store: any LeaseStore, as name: String, _ role: RoleProcess) throws(WeirError) {
        _ = try store.get("epoch")
        self.role = role
        candidate = Candidate.start(
            role.world,
            store,
            as: name,
            Candidate.Callbacks(
                onLead: { [place] leadership in
                    role.tell("leading, with epoch \(leadership.epoch)")
                    place.leadership.withLock { $0 = leadership }
                    role.wake()
                },
                onDepose: { error in
                    // At once: whatever it still has to do is another one's work now.
                    role.tell("\(error)")
                    role.world.processes.exit(error.exitCode)
                },
                onNotice: { role.tell($0) }
            )
        )
    }

    /// Waits until it leads; nil if it is to end before.
    func wait() -> Leadership? {
        role.wait { place.leadership.withLock { $0 != nil } }
        return place.leadership.withLock { $0 }
    }

    /// Leads no more, and lets others lead at once.
    func resign() {
        candidate.resign()
        candidate.wait()
    }
}

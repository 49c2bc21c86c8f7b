import Testing
import WeirCore
import WeirTaskManager

@Suite("A task manager's link to its job manager")
struct JobManagerLinkTests {
    private let second: Int64 = 1_000_000_000

    /// A link that is registered with this leader at this time.
    private func registered(_ epoch: UInt64, at now: Int64) -> JobManagerLink {
        var link = JobManagerLink()
        #expect(link.handle(.timePassed, at: now) == [.connect])
        #expect(link.handle(.connected, at: now).isEmpty)
        let challenged = JobManagerLink.Event.challenged(LeaderEpoch(epoch), 5)
        let answer = JobManagerLink.Action.register(LeaderEpoch(epoch), challenge: 5)
        #expect(link.handle(challenged, at: now) == [answer])
        let welcome = JobManagerLink.Event.welcome(
            LeaderEpoch(epoch),
            heartbeat: second / 2,
            lease: 3 * second
        )
        #expect(link.handle(welcome, at: now).isEmpty)
        #expect(link.isRegistered)
        return link
    }

    @Test("tells that it lives at each interval, and gives up after a silence of a lease")
    func heartbeats() {
        var link = registered(1, at: 0)
        #expect(link.deadline == second / 2)
        #expect(link.handle(.timePassed, at: second / 2) == [.sendHeartbeat])
        #expect(link.handle(.timePassed, at: second / 2).isEmpty)
        #expect(link.handle(.heard, at: 2 * second).isEmpty)
        #expect(link.handle(.timePassed, at: 4 * second) == [.sendHeartbeat])
        let given = link.handle(.timePassed, at: 5 * second)
        #expect(given.first == .drop)
        #expect(!link.isRegistered)
    }

    @Test("waits longer after each failure, up to a second, and tells of the first only")
    func backOff() {
        var link = JobManagerLink()
        var now: Int64 = 0
        var notices = 0
        var waits: [Int64] = []
        for _ in 0..<10 {
            #expect(link.handle(.timePassed, at: now) == [.connect])
            notices += link.handle(.connectionFailed, at: now).count
            let next = link.deadline ?? now
            waits.append((next - now) / 1_000_000)
            now = next
        }
        #expect(notices == 1)
        #expect(waits == [20, 40, 80, 160, 320, 640, 1000, 1000, 1000, 1000])
    }

    @Test("tries one address after the other, and waits longer after each round only")
    func addresses() {
        var link = JobManagerLink(addressCount: 3)
        var now: Int64 = 0
        var tried: [Int] = []
        var waits: [Int64] = []
        for _ in 0..<9 {
            #expect(link.handle(.timePassed, at: now) == [.connect])
            tried.append(link.address)
            _ = link.handle(.connectionFailed, at: now)
            let next = link.deadline ?? now
            waits.append((next - now) / 1_000_000)
            now = next
        }
        #expect(tried == [0, 1, 2, 0, 1, 2, 0, 1, 2])
        #expect(waits == [20, 20, 20, 20, 20, 40, 20, 20, 80])
    }

    @Test("does not wait long for one that takes connections and says nothing, at first")
    func frozenLeader() {
        var link = JobManagerLink(addressCount: 2)
        var now: Int64 = 0
        var patience: [Int64] = []
        for _ in 0..<8 {
            #expect(link.handle(.timePassed, at: now) == [.connect])
            _ = link.handle(.connected, at: now)
            let end = link.deadline ?? now
            patience.append((end - now) / 1_000_000)
            #expect(link.handle(.timePassed, at: end).first == .drop)
            now = link.deadline ?? end
        }
        #expect(patience == [1000, 1000, 2000, 2000, 4000, 4000, 5000, 5000])
    }

    @Test("does not go back to an earlier leader")
    func epochs() {
        var link = registered(7, at: 0)
        #expect(link.handle(.connectionLost, at: 0).first == .drop)
        let again = link.deadline ?? 0
        #expect(link.handle(.timePassed, at: again) == [.connect])
        #expect(link.handle(.connected, at: again).isEmpty)
        #expect(link.handle(.challenged(LeaderEpoch(6), 5), at: again).first == .drop)
        let next = link.deadline ?? 0
        #expect(link.handle(.timePassed, at: next) == [.connect])
        #expect(link.handle(.connected, at: next).isEmpty)
        let old = JobManagerLink.Event.welcome(LeaderEpoch(6), heartbeat: second, lease: second)
        #expect(link.handle(old, at: next).first == .drop)
        #expect(!link.isRegistered)
        #expect(link.epoch == LeaderEpoch(7))
    }

    @Test("reckons with any heartbeat and lease that a job manager tells")
    func anyLease() {
        for number: Int64 in [.min, -1, 0, 1, .max] {
            var link = JobManagerLink()
            _ = link.handle(.timePassed, at: second)
            _ = link.handle(.connected, at: second)
            let welcome = JobManagerLink.Event.welcome(
                LeaderEpoch(1),
                heartbeat: number,
                lease: number
            )
            #expect(link.handle(welcome, at: second).isEmpty)
            #expect(link.handle(.heard, at: 2 * second).isEmpty)
            #expect((link.deadline ?? 0) > second, "\(number)")
        }
    }
}

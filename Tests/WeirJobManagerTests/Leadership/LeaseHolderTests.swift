import Testing
import WeirCore
import WeirJobManager

@Suite("Holding a lease")
struct LeaseHolderTests {
    private let second: Int64 = 1_000_000_000
    private let lease = Lease(id: 5, revision: 7, epoch: LeaderEpoch(3))

    /// One that leads since it asked at 0.
    private func leading() -> LeaseHolder {
        var holder = LeaseHolder(duration: 3 * second)
        #expect(holder.handle(.timePassed, at: 0) == [.acquire])
        let actions = holder.handle(.granted(lease, sent: 0), at: second / 10)
        #expect(actions == [.lead(lease, until: 2 * second)])
        return holder
    }

    @Test("asks again and again while another one leads, and tells it once")
    func standingBy() {
        var holder = LeaseHolder(duration: 3 * second)
        #expect(holder.handle(.timePassed, at: 0) == [.acquire])
        let told = holder.handle(.taken(by: "the other"), at: 0)
        #expect(told == [.notice("standing by: the other leads")])
        #expect(holder.deadline == second / 5)
        #expect(holder.handle(.timePassed, at: second / 10).isEmpty)
        #expect(holder.handle(.timePassed, at: second / 5) == [.acquire])
        #expect(holder.handle(.taken(by: "the other"), at: second / 5).isEmpty)
        #expect(holder.lease == nil)
    }

    @Test("leads on for two thirds of the lease after each renewal, from when that was asked for")
    func renewal() {
        var holder = leading()
        #expect(holder.lease == lease)
        #expect(holder.deadline == second / 10 + second / 2)
        #expect(holder.handle(.timePassed, at: second / 2).isEmpty)
        #expect(holder.handle(.timePassed, at: second) == [.renew(lease)])
        let renewed = holder.handle(.renewed(true, sent: second), at: second * 3 / 2)
        #expect(renewed == [.extend(until: 3 * second)])
        #expect(holder.deadline == 2 * second)
    }

    @Test("is deposed when no renewal came in time, and stays it")
    func silence() {
        var holder = leading()
        #expect(holder.handle(.timePassed, at: second) == [.renew(lease)])
        let error = WeirError(.metadataStoreFailed, "It does not answer.")
        #expect(holder.handle(.notRenewed(error), at: second * 3 / 2).count == 1)
        #expect(holder.handle(.timePassed, at: second * 17 / 10) == [.renew(lease)])
        let deposed = holder.handle(.notRenewed(error), at: 2 * second)
        guard case .depose(let reason) = deposed.first else {
            Issue.record("\(deposed)")
            return
        }
        #expect(reason.code == .leadershipLost)
        #expect(holder.lease == nil)
        #expect(holder.deadline == nil)
        #expect(holder.handle(.timePassed, at: 3 * second).isEmpty)
        #expect(holder.handle(.renewed(true, sent: second), at: 3 * second).isEmpty)
    }

    @Test("is deposed when it wakes after its lease, even if the store still knows it")
    func frozen() {
        var holder = leading()
        let actions = holder.handle(.timePassed, at: 10 * second)
        guard case .depose = actions.first else {
            Issue.record("\(actions)")
            return
        }
        var renewing = leading()
        #expect(renewing.handle(.timePassed, at: second) == [.renew(lease)])
        let late = renewing.handle(.renewed(true, sent: second), at: 10 * second)
        guard case .depose = late.first else {
            Issue.record("\(late)")
            return
        }
    }

    @Test("is deposed when the store says that the lease is over, or the fence was found closed")
    func over() {
        var holder = leading()
        #expect(holder.handle(.timePassed, at: second) == [.renew(lease)])
        #expect(holder.handle(.renewed(false, sent: second), at: second).count == 1)
        #expect(holder.lease == nil)
        var other = leading()
        #expect(other.handle(.closed, at: second).count == 1)
        #expect(other.lease == nil)
    }

    @Test("a lease that came too late is given back")
    func lateGrant() {
        var holder = LeaseHolder(duration: 3 * second)
        #expect(holder.handle(.timePassed, at: 0) == [.acquire])
        #expect(holder.handle(.granted(lease, sent: 0), at: 2 * second) == [.release(lease)])
        #expect(holder.lease == nil)
        #expect(holder.handle(.timePassed, at: 3 * second) == [.acquire])
    }

    @Test("a store that does not answer is asked again")
    func noStore() {
        var holder = LeaseHolder(duration: 3 * second)
        #expect(holder.handle(.timePassed, at: 0) == [.acquire])
        let error = WeirError(.metadataStoreFailed, "It does not answer.")
        #expect(holder.handle(.refused(error), at: second) == [.notice("standing by: \(error)")])
        #expect(holder.handle(.timePassed, at: 2 * second) == [.acquire])
    }
}

import Testing
import WeirCore

@Suite("A memory pool")
struct MemoryPoolTests {
    @Test("nobody has to give back while all together are inside")
    func inside() {
        let pool = MemoryPool(limitBytes: 1000)
        let members = (0..<4).map { _ in TaskMemory(sharing: pool) }
        members[0].charge(700)
        members[1].charge(50)
        #expect(members.map(\.excessBytes) == [0, 0, 0, 0])
        #expect(members.map(\.roomBytes) == [0, 0, 0, 0])
        members[0].release(300)
        #expect(members[3].roomBytes == 300)
    }

    @Test("those who hold most give back, down to one level")
    func largestGiveBack() {
        let pool = MemoryPool(limitBytes: 1000)
        let members = (0..<4).map { _ in TaskMemory(sharing: pool) }
        for (member, bytes) in zip(members, [500, 300, 100, 0]) { member.charge(bytes) }
        // Three quarters may be held: 100 and two times 325.
        #expect(members.map(\.excessBytes) == [150, 0, 0, 0])
        members[1].charge(100)
        #expect(members.map(\.excessBytes) == [175, 75, 0, 0])
        #expect(members.map(\.isUrgent) == [true, true, false, false])
        members[0].release(300)
        #expect(members.map(\.isUrgent) == [false, false, false, false])
        #expect(pool.usedBytes == 700 && pool.highestBytes == 1000)
    }

    @Test("what all give back brings them inside", arguments: 1...20 as ClosedRange<UInt64>)
    func levels(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let pool = MemoryPool(limitBytes: 100_000)
        let members = (0..<Int.random(in: 1...9, using: &random)).map { _ in
            TaskMemory(sharing: pool)
        }
        for member in members { member.charge(Int.random(in: 0..<60_000, using: &random)) }
        let excesses = members.map(\.excessBytes)
        let after = pool.usedBytes - excesses.reduce(0, +)
        #expect(after <= pool.softLimitBytes + members.count)
        if pool.usedBytes > pool.softLimitBytes {
            #expect(after >= pool.softLimitBytes - members.count)
        }
    }
}

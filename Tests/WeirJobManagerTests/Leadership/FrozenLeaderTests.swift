import Testing
import WeirCore
import WeirJobManager
import WeirSimulation
import WeirSnapshot

/// A leader is frozen in each of its system calls in turn; another one leads meanwhile, and then the
/// call, which was under way, happens.
@Suite("A leader that was frozen in a system call")
struct FrozenLeaderTests {
    private static let job = JobID(number: 7)
    private static let leaseEnd: Int64 = 5_000_000_000

    private func manifest(_ checkpoint: UInt64) -> CheckpointManifest {
        CheckpointManifest(
            jobID: Self.job.description,
            jobName: "job",
            checkpoint: CheckpointID(checkpoint),
            attempt: Attempt(1),
            triggeredAt: 1,
            completedAt: 2,
            maxParallelism: 8,
            operators: []
        )
    }

    private func open(_ world: any World, leader: UInt64) throws(WeirError) -> DataDirectory {
        try DataDirectory(
            "/jobs/7",
            isLasting: true,
            id: Self.job,
            mayBeWrittenTo: true,
            leader: LeaderEpoch(leader),
            world: world
        )
    }

    /// All that the next leader relies on: which checkpoints are complete, and the last attempt.
    private func standing(_ directory: DataDirectory) throws(WeirError) -> String {
        let complete = try CheckpointStore(directory.store).list().map {
            "\($0.checkpoint) \($0.state)"
        }
        return "\(complete), attempt \(try directory.lastAttempt())"
    }

    /// Freezes a leader in each call that `body` makes; returns how often what it did counted.
    private func freeze(
        _ body: (DataDirectory) throws(WeirError) -> Void
    ) throws -> (calls: Int, counted: Int) {
        var calls = 0
        var counted = 0
        while true {
            let world = SimulatedWorld(seed: UInt64(calls))
            let fence = Fence(world.clock, heldUntil: Self.leaseEnd)
            let stalling = StallingWorld(world)
            let old = try open(FencedWorld(stalling, fence), leader: 1)
            try CheckpointStore(old.store).publish(manifest(1))
            let before = try standing(old)
            var taken: (next: DataDirectory, standing: String)?
            stalling.stall(at: calls) {
                world.advance(by: Self.leaseEnd)
                do throws(WeirError) {
                    let next = try open(world, leader: 2)
                    taken = (next, try standing(next))
                } catch {
                    Issue.record("\(error)")
                }
            }
            var failure: WeirError?
            do throws(WeirError) { try body(old) } catch { failure = error }
            guard let taken else {
                // It made fewer calls than that, and was not frozen.
                #expect(failure == nil)
                return (calls, counted)
            }
            calls += 1
            #expect(try standing(taken.next) == taken.standing, "frozen in call \(calls)")
            if taken.standing != before { counted += 1 }
        }
    }

    @Test("makes no checkpoint complete that the next one has not seen")
    func publish() throws {
        let (calls, counted) = try freeze { (directory) throws(WeirError) in
            try CheckpointStore(directory.store).publish(manifest(2))
        }
        #expect(calls >= 3)
        // Once it has its name, it is complete.
        #expect(counted > 0)
        #expect(counted < calls)
    }

    @Test("changes no attempt's number that the next one has read")
    func attempt() throws {
        let (calls, counted) = try freeze { (directory) throws(WeirError) in
            _ = try directory.nextAttempt(after: Attempt(4))
        }
        #expect(calls >= 3)
        #expect(counted > 0)
        #expect(counted < calls)
    }

    @Test("withdraws no checkpoint that the next one goes on from")
    func withdrawal() throws {
        let (calls, _) = try freeze { (directory) throws(WeirError) in
            try CheckpointStore(directory.store).withdraw(after: .none, attempt: Attempt(2))
        }
        #expect(calls >= 3)
    }

    @Test("deletes one more file at most, of those that it was to delete")
    func cleaning() throws {
        let world = SimulatedWorld(seed: 1)
        let fence = Fence(world.clock, heldUntil: Self.leaseEnd)
        let stalling = StallingWorld(world)
        let store = CheckpointStore(try open(FencedWorld(stalling, fence), leader: 1).store)
        for number in 1...4 { try store.publish(manifest(UInt64(number))) }
        stalling.stall(after: 0, path: "/chk-1/manifest") { world.advance(by: Self.leaseEnd) }
        let refused = #expect(throws: WeirError.self) {
            try store.clean(attempt: Attempt(1), keeping: 1)
        }
        #expect(refused?.code == .leadershipLost)
        let left = try CheckpointStore(try open(world, leader: 2).store).list()
            .filter { $0.state == .complete }.map(\.checkpoint.number)
        #expect(left == [4, 3, 2])
    }

    @Test("and whose lease was over changes nothing, whatever it tries")
    func closed() throws {
        let world = SimulatedWorld(seed: 1)
        try world.files.makeDirectory("/d")
        try world.files.replaceAll("/d/a", with: [1])
        let fence = Fence(world.clock, heldUntil: Self.leaseEnd)
        let files = FencedWorld(world, fence).files
        let open = try files.open("/d/a", .append)
        #expect(throws: Never.self) { try fence.check() }
        world.advance(by: Self.leaseEnd)
        let attempts: [(any FileSystem) throws -> Void] = [
            { _ = try $0.open("/d/b", .createNew) }, { _ = try $0.open("/d/a", .truncate) },
            { _ = try $0.open("/d/a", .append) }, { _ = try $0.open("/d/a", .readWrite) },
            { try $0.link("/d/a", "/d/b") }, { try $0.rename("/d/a", "/d/b") },
            { try $0.remove("/d/a") }, { try $0.makeDirectory("/e") },
            { try $0.setPermissions("/d/a", .ownerOnly) },
            { try $0.synchronizeDirectory("/d") }, { _ = try $0.lock("/d/l", .exclusive) },
            { _ in try [UInt8]([2]).withUnsafeBytes { try open.write($0) } },
            { _ in try [UInt8]([2]).withUnsafeBytes { try open.write($0, at: 0) } },
            { _ in try open.truncate(to: 0) }, { _ in try open.synchronize() },
        ]
        for attempt in attempts {
            let error = #expect(throws: WeirError.self) { try attempt(files) }
            #expect(error?.code == .leadershipLost)
        }
        #expect(try files.readAll("/d/a") == [1])
        #expect(try files.list("/d") == ["a"])
        #expect(try open.size() == 1)
        // A renewal that comes too late opens nothing.
        fence.extend(until: .max)
        #expect(!fence.isOpen)
    }
}

import Testing
import WeirCore
import WeirJobManager

@Suite("The pool of slots")
struct SlotPoolTests {
    private let job = JobID(number: 1)
    private let other = JobID(number: 2)

    private func pool(_ slots: [Int]) -> SlotPool {
        var pool = SlotPool()
        for (number, count) in slots.enumerated() { pool.add("tm-\(number)", slots: count) }
        return pool
    }

    @Test("spreads jobs over the task managers with most room")
    func balance() {
        var pool = pool([4, 4])
        #expect(pool.allocate(4, for: job) == ["tm-0", "tm-0", "tm-1", "tm-1"])
        #expect(pool.allocate(2, for: other) == ["tm-0", "tm-1"])
        #expect(pool.free == 2)
        #expect(pool.allocate(3, for: JobID(number: 3)) == nil)
        #expect(pool.free == 2)
        pool.release(job)
        #expect(pool.free == 6)
    }

    @Test("leaves a job where it is, and replaces only what was lost")
    func sticky() {
        var pool = pool([2, 2])
        #expect(pool.allocate(4, for: job) == ["tm-0", "tm-0", "tm-1", "tm-1"])
        pool.remove("tm-0")
        #expect(pool.allocate(4, for: job) == nil)
        pool.add("tm-2", slots: 3)
        #expect(pool.allocate(4, for: job) == ["tm-1", "tm-1", "tm-2", "tm-2"])
        #expect(pool.allocate(2, for: job) == ["tm-1", "tm-2"])
    }

    @Test("tells who has how much, and what is free elsewhere")
    func figures() {
        var pool = pool([2, 3])
        _ = pool.allocate(3, for: job)
        #expect(pool.taken(of: "tm-0") == [job: 1])
        #expect(pool.taken(of: "tm-1") == [job: 2])
        #expect(pool.taken(of: "tm-9").isEmpty)
        #expect(pool.taken(by: job) == 3)
        #expect(pool.taken(by: other) == 0)
        #expect(pool.free(except: "tm-0") == 1)
        #expect(pool.free(except: "tm-9") == 2)
    }

    @Test("gives nothing of a task manager that is drained")
    func draining() {
        var pool = pool([2, 2])
        #expect(pool.allocate(2, for: job) == ["tm-0", "tm-1"])
        #expect(!pool.isDraining("tm-0"))
        pool.drain("tm-0")
        #expect(pool.isDraining("tm-0"))
        #expect(pool.free == 1)
        #expect(pool.allocate(2, for: job) == ["tm-1", "tm-1"])
        #expect(pool.allocate(3, for: job) == nil)
    }
}

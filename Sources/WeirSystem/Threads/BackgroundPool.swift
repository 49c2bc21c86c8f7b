import CWeirSystem
import Glibc

/// Two threads of low priority that run blocking work in the order of its arrival.
///
/// They start with the first work, and end when the pool is closed and its queue is empty; the
/// process does not wait for them.
// SAFETY: `waiting`, `isClosed` and `hasStarted` are touched only with `mutex` held; the pointers
// are constant, and the threads that use them keep the pool alive.
final class BackgroundPool: @unchecked Sendable {
    /// How much work may wait; past it the submitter does its work itself, and so slows down.
    static let queueLimit = 65_536
    private static let threadCount = 2
    /// How often a thread gives free memory back: folds and uploads leave some, which counts against
    /// the budget of the process as if it were in use.
    private static let returnSeconds = 1

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let workArrived = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var waiting = WorkQueue()
    private var isClosed = false
    private var hasStarted = false

    init() {
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        workArrived.initialize(to: pthread_cond_t())
        pthread_cond_init(workArrived, nil)
    }

    deinit {
        pthread_cond_destroy(workArrived)
        pthread_mutex_destroy(mutex)
        workArrived.deallocate()
        mutex.deallocate()
    }

    func submit(_ work: @escaping @Sendable () -> Void) {
        pthread_mutex_lock(mutex)
        let isFull = waiting.count >= Self.queueLimit
        if !isFull { waiting.append(work) }
        let mustStart = !hasStarted
        hasStarted = true
        pthread_cond_signal(workArrived)
        pthread_mutex_unlock(mutex)
        if mustStart { start() }
        if isFull { work() }
    }

    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(workArrived)
        pthread_mutex_unlock(mutex)
    }

    private func start() {
        for index in 0..<Self.threadCount {
            _ = RealThread(name: "weir-io-\(index)") {
                weir_lower_thread_priority()
                var returnedAt = Self.seconds()
                while let work = self.next() {
                    work()
                    let now = Self.seconds()
                    if now - returnedAt >= Self.returnSeconds {
                        weir_return_free_memory()
                        returnedAt = now
                    }
                }
            }
        }
    }

    private static func seconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return time.tv_sec
    }

    /// Waits for work; nil if none will come.
    private func next() -> (@Sendable () -> Void)? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let work = waiting.popFirst() { return work }
            if isClosed { return nil }
            pthread_cond_wait(workArrived, mutex)
        }
    }
}

/// First in, first out; taking from the front is constant time on average.
private struct WorkQueue {
    private var incoming: [@Sendable () -> Void] = []
    private var outgoing: [@Sendable () -> Void] = []

    var count: Int { incoming.count + outgoing.count }

    mutating func append(_ work: @escaping @Sendable () -> Void) { incoming.append(work) }

    mutating func popFirst() -> (@Sendable () -> Void)? {
        if outgoing.isEmpty {
            outgoing = incoming.reversed()
            incoming.removeAll(keepingCapacity: true)
        }
        return outgoing.popLast()
    }
}

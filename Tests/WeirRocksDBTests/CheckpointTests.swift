import Synchronization
import Testing
import WeirCore
import WeirRocksDB
import WeirSystem

@Suite("Copies of an open database")
struct CheckpointTests {
    private let world = RealWorld()

    private func key(_ number: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }

    /// Takes in ten entries from `first` on.
    private func ingest(_ first: Int, _ database: Database) throws(WeirError) {
        let path = "\(database.path)/run.tmp"
        let writer = try SSTFileWriter(path: path, options: database.options)
        for number in first..<first + 10 {
            var failure: WeirError?
            key(number).withUnsafeBytes { bytes in
                do throws(WeirError) { try writer.put(bytes, bytes) } catch { failure = error }
            }
            if let failure { throw failure }
        }
        try writer.finish()
        try database.ingest([path], moves: true)
    }

    private func count(_ database: Database) throws(WeirError) -> Int {
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        let iterator = DatabaseIterator(database, from: empty, to: nil, fillsCache: false)
        iterator.seekToFirst()
        var count = 0
        while iterator.isValid {
            count += 1
            iterator.next()
        }
        try iterator.checkStatus()
        return count
    }

    @Test("are whole, and come to an end, while others read, take entries in and compact")
    func concurrent() throws {
        let directory = TemporaryDirectory()
        let database = try Database(
            path: directory.path + "/db",
            options: Options(Options.Settings())
        )
        let ingested = Atomic<Int>(0)
        let isOver = Atomic<Bool>(false)
        let running = Atomic<Int>(2)
        let failures = Mutex<[String]>([])
        @Sendable func attempt(_ body: () throws(WeirError) -> Void) {
            do throws(WeirError) {
                try body()
            } catch {
                failures.withLock { $0.append("\(error)") }
                isOver.store(true, ordering: .relaxed)
            }
        }
        let threads = world.threads
        threads.background {
            // Not without end: each copy reads all of it.
            for _ in 0..<400 where !isOver.load(ordering: .relaxed) {
                attempt { () throws(WeirError) in
                    try ingest(ingested.load(ordering: .relaxed), database)
                }
                ingested.add(10, ordering: .relaxed)
            }
            running.subtract(1, ordering: .relaxed)
        }
        threads.background {
            while !isOver.load(ordering: .relaxed) {
                attempt { () throws(WeirError) in _ = try count(database) }
            }
            running.subtract(1, ordering: .relaxed)
        }
        for number in 0..<60 where !isOver.load(ordering: .relaxed) {
            attempt { () throws(WeirError) in
                let before = ingested.load(ordering: .relaxed)
                let path = "\(directory.path)/copy-\(number)"
                try database.makeCheckpoint(at: path)
                if number % 10 == 0 { database.compact() }
                let copy = try Database(path: path, options: database.options)
                let entries = try count(copy)
                if entries < before || entries % 10 != 0 {
                    failures.withLock { $0.append("\(entries) of \(before) entries") }
                }
            }
        }
        isOver.store(true, ordering: .relaxed)
        let parker = threads.makeParker()
        while running.load(ordering: .relaxed) > 0 {
            parker.park(until: world.clock.monotonicNanoseconds() + 1_000_000)
        }
        #expect(failures.withLock { $0 }.isEmpty)
    }

    @Test("that cannot be made leave nothing behind")
    func refused() throws {
        let directory = TemporaryDirectory()
        let database = try Database(
            path: directory.path + "/db",
            options: Options(Options.Settings())
        )
        try ingest(0, database)
        let copy = directory.path + "/copy"
        try database.makeCheckpoint(at: copy)
        #expect(throws: WeirError.self) { try database.makeCheckpoint(at: copy) }
        #expect(throws: WeirError.self) {
            try database.makeCheckpoint(at: directory.path + "/missing/copy")
        }
        #expect(try count(try Database(path: copy, options: database.options)) == 10)
    }
}

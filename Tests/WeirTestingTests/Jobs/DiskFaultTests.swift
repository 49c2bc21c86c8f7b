import Testing
import Weir
import WeirTesting

@Suite("A job whose disk fails")
struct DiskFaultTests: TotalsSuite {
    @Test(
        "a full disk fails checkpoints, not the job; later ones succeed",
        arguments: [true, false]
    )
    func fullDisk(isWholeDisk: Bool) throws {
        let clicks = Clicks(count: 2000).input(seed: 1)
        let output = TestOutput()
        let job = totals(clicks, output.sink(name: "totals"), seed: 1)
        try job.start(parallelism: 2)
        let first = try job.checkpoint()
        let disk = job.world.disk
        if isWholeDisk {
            disk.capacityBytes = 0
        } else {
            disk.inject(
                FileFault(.write, path: "/job/checkpoints", isLasting: true, code: .diskFull)
            )
        }
        let hasFailed = job.run { job.status.failedCheckpoints >= 3 }
        #expect(hasFailed)
        #expect(job.notices.contains { $0.contains("WR-FILE-003") })
        let during = try job.newestManifest
        #expect(during == first || during?.checkpoint == first.checkpoint.next)
        disk.capacityBytes = nil
        disk.removeFaults()
        let later = try job.checkpoint()
        #expect(later.checkpoint > first.checkpoint)
        #expect(job.status.restarts == 0)
        #expect(try job.finish() == .finished)
        #expect(job.status.restarts == 0)
        let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test("a full disk under a file sink makes the job start again until there is room")
    func fullDiskOfSink() throws {
        let clicks = Clicks(count: 1000).input(seed: 2)
        let sink = FileSink.description(
            FileSinkOptions("/out", format: .csv(CSVOptions())),
            schema: Total.schema
        )
        let job = totals(clicks, sink, seed: 2)
        try job.start(parallelism: 2)
        try job.checkpoint()
        job.world.disk.capacityBytes = 0
        let hasRestarted = job.run { job.status.restarts >= 2 }
        #expect(hasRestarted)
        job.world.disk.capacityBytes = nil
        #expect(try job.finish() == .finished)
        let lines = try job.world.files.list("/out").filter { $0.hasPrefix("part-") }.flatMap {
            String(decoding: try job.world.files.readAll("/out/" + $0), as: UTF8.self)
                .split(whereSeparator: \.isNewline).map(String.init)
                .filter { $0.first?.isNumber == true }
        }
        let ledger = Ledger(
            expected: expected(clicks).map { row in
                row.map { "\(HarnessRow([$0], eventTime: 0).integer(0))" }.joined(separator: ",")
            },
            actual: lines
        )
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test("any single failing operation on checkpoints loses and repeats nothing")
    func everyOperation() throws {
        for number in stride(from: 0, to: 160, by: 4) {
            let clicks = Clicks(count: 300).input(seed: 3)
            let output = TestOutput()
            let job = totals(clicks, output.sink(name: "totals"), seed: UInt64(number))
            job.world.disk.inject(FileFault(nil, path: "/job/checkpoints", after: number))
            try startTwice(job, parallelism: 2)
            job.run(for: .milliseconds(120))
            job.crash()
            // A short run may have left the failure to this start.
            try startTwice(job, parallelism: 3)
            #expect(try job.finish() == .finished)
            let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
            #expect(ledger.isBalanced, "operation \(number): \(ledger)")
        }
    }

    /// Starts a job, whose first operations on the disk may be the one that fails.
    private func startTwice(_ job: JobDriver, parallelism: Int) throws {
        do throws(WeirError) {
            try job.start(parallelism: parallelism)
        } catch {
            #expect(error.code == .fileFailed)
            try job.start(parallelism: parallelism)
        }
    }

    @Test("power that fails at any operation of the disk loses and repeats nothing")
    func everyPowerCut() throws {
        for number in stride(from: 1, to: 600, by: 11) {
            let clicks = Clicks(count: 300).input(seed: 4)
            let output = TestOutput()
            let job = totals(clicks, output.sink(name: "totals"), seed: UInt64(number))
            job.world.disk.cutPower(atOperation: number)
            do throws(WeirError) {
                try job.start(parallelism: 2)
                _ = job.run(limit: .milliseconds(200)) { !job.world.disk.isPowered }
            } catch {
                #expect(error.code == .fileFailed)
            }
            job.cutPower()
            try job.start(parallelism: 2)
            #expect(try job.finish() == .finished)
            let ledger = Ledger(expected: expected(clicks), actual: output.committedValues)
            #expect(ledger.isBalanced, "operation \(number): \(ledger)")
        }
    }
}

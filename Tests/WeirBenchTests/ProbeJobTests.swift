import Testing
import WeirBench
import WeirCore
import WeirTesting

@Suite("The job of weir bench")
struct ProbeJobTests {
    private func options(_ change: (inout ProbeOptions) -> Void) -> ProbeOptions {
        var options = ProbeOptions()
        options.log = "/probe"
        change(&options)
        return options
    }

    @Test("its arguments say what its options say")
    func arguments() throws {
        let all = options {
            $0.query = .sliding
            $0.keys = 77
            $0.hotPercent = 3
            $0.load = .percent(12.5)
            $0.logsRows = true
        }
        #expect(try ProbeOptions(all.arguments) == all)
        let plain = options { $0.load = .rate(1e5) }
        #expect(try ProbeOptions(plain.arguments) == plain)
        for wrong in [["--keys", "0"], ["--rate"], ["--query", "all"], ["--nothing", "1"]] {
            let error = #expect(throws: WeirError.self) { try ProbeOptions(wrong) }
            #expect(error?.code == .usage)
        }
    }

    @Test("logs each result, late by what the job was, and what checkpoints made final")
    func log() throws {
        let probe = options {
            $0.keys = 10
            $0.load = .rate(1000)
            $0.logsRows = true
        }
        let driver = JobDriver(seed: 1, name: ProbeJob.name) { program throws(WeirError) in
            try ProbeJob().build(program, arguments: probe.arguments)
        }
        try driver.start()
        driver.world.run(for: 1_000_000_000)
        _ = try driver.checkpoint()
        driver.world.run(for: 1_000_000_000)
        let log = try ProbeLog(directory: "/probe", files: driver.world.files)
        let start = driver.world.clock.monotonicNanoseconds() - 1_000_000_000
        #expect((950...1050).contains(log.rows(from: start, to: .max)))
        #expect(log.arrivals.map(\.number).max() ?? 0 > 1900)
        #expect(log.delays(from: 0, to: .max).count > 1900)
        #expect(log.commits.contains { (900...1100).contains($0.number) }, "\(log.commits)")
    }

    @Test("tells windows from when they ended")
    func windows() throws {
        let probe = options {
            $0.query = .sliding
            $0.keys = 4
            $0.load = .rate(1000)
            $0.logsRows = true
        }
        let driver = JobDriver(seed: 2, name: ProbeJob.name) { program throws(WeirError) in
            try ProbeJob().build(program, arguments: probe.arguments)
        }
        try driver.start()
        driver.world.run(for: 3_000_000_000)
        let log = try ProbeLog(directory: "/probe", files: driver.world.files)
        let end = driver.world.clock.monotonicNanoseconds()
        let delays = log.delays(from: end - 1_500_000_000, to: end)
        #expect(delays.count >= 4 * 10)
        let maximum = try #require(delays.maximum)
        #expect((0..<100_000_000).contains(maximum), "\(maximum)")
    }

    @Test("a log that breaks off is read up to there")
    func torn() throws {
        let probe = options { $0.keys = 100 }
        let driver = JobDriver(seed: 3, name: ProbeJob.name) { program throws(WeirError) in
            try ProbeJob().build(program, arguments: probe.arguments)
        }
        try driver.start()
        driver.world.run(for: 100_000_000)
        let files = driver.world.files
        let name = try #require(try files.list("/probe").first)
        let whole = try ProbeLog(directory: "/probe", files: files).arrivals.count
        let file = try files.open("/probe/" + name, .readWrite)
        try file.truncate(to: try file.size() - 3)
        file.close()
        let rest = try ProbeLog(directory: "/probe", files: files).arrivals
        #expect(rest.count == whole - 1)
    }
}

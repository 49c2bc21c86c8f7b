import Testing
import WeirCore
import WeirJobManager
import WeirPlan
import WeirSimulation

@Suite("The records of jobs")
struct JobRecordsTests {
    private let world = SimulatedWorld(seed: 1)

    private func records() throws -> JobRecords {
        try world.files.makeDirectory("/jobs")
        return JobRecords("/jobs", files: world.files)
    }

    private func record(_ number: UInt64, at time: Int64 = 7) throws -> JobRecord {
        let submission = JobSubmission(
            id: JobID(number: number),
            name: "job \(number)",
            program: "/bin/job",
            arguments: ["--speed", "", "µ"],
            settings: ["parallelism.default": "2", "pipeline.name": "x"],
            graph: try Conversation.graph().streamGraph,
            snapshot: number == 1 ? "/old/chk-3" : nil,
            droppedStates: ["a", "b"]
        )
        return JobRecord(submission, at: time)
    }

    @Test("come back as they were stored, the oldest first")
    func roundTrip() throws {
        let records = try records()
        var first = try record(1, at: 20)
        first.wish = .drain
        first.end = JobRecord.End(
            state: .failed,
            time: 30,
            failure: WeirError(.jobFailed, "what", position: "where", reason: "why", fix: "how"),
            lastCheckpoint: CheckpointID(4)
        )
        try records.store(first)
        try records.store(try record(2, at: 10))
        let all = try records.loadAll { Issue.record("\($0)") }
        #expect(all.map(\.submission.id) == [JobID(number: 2), JobID(number: 1)])
        let loaded = try #require(all.last)
        #expect(loaded.wish == .drain)
        #expect(loaded.end == first.end)
        #expect(loaded.submittedAt == 20)
        #expect(loaded.submission.name == "job 1")
        #expect(loaded.submission.arguments == ["--speed", "", "µ"])
        #expect(loaded.submission.settings == first.submission.settings)
        #expect(loaded.submission.graph.fingerprint == first.submission.graph.fingerprint)
        #expect(loaded.submission.snapshot == "/old/chk-3")
        #expect(loaded.submission.droppedStates == ["a", "b"])
        #expect(try records.load(JobID(number: 2))?.submission.snapshot == nil)
        #expect(try records.load(JobID(number: 3)) == nil)
    }

    @Test("are replaced as a whole")
    func replaced() throws {
        let records = try records()
        var record = try record(1)
        try records.store(record)
        record.wish = .cancel
        try records.store(record)
        #expect(try records.load(JobID(number: 1))?.wish == .cancel)
    }

    @Test("of which a byte is another one, or some are missing, are named; the others are read")
    func damage() throws {
        let records = try records()
        try records.store(try record(1))
        try records.store(try record(2))
        let path = "/jobs/\(JobID(number: 1))/record"
        let bytes = try world.files.readAll(path)
        for position in bytes.indices {
            var damaged = bytes
            damaged[position] ^= 0x10
            try expectNamed(damaged, path, records)
        }
        for length in 0..<bytes.count {
            try expectNamed(Array(bytes.prefix(length)), path, records)
        }
    }

    private func expectNamed(_ bytes: [UInt8], _ path: String, _ records: JobRecords) throws {
        try world.files.replaceAll(path, with: bytes)
        var notices: [String] = []
        let all = try records.loadAll { notices.append($0) }
        #expect(all.map(\.submission.id) == [JobID(number: 2)])
        #expect(notices.count == 1 && notices[0].contains(path), "\(notices)")
    }

    @Test("of another job under a job's name are refused")
    func anotherJob() throws {
        let records = try records()
        try records.store(try record(1))
        let bytes = try world.files.readAll("/jobs/\(JobID(number: 1))/record")
        try world.files.makeDirectory("/jobs/\(JobID(number: 2))")
        try world.files.replaceAll("/jobs/\(JobID(number: 2))/record", with: bytes)
        #expect { try records.load(JobID(number: 2)) } throws: {
            ($0 as? WeirError)?.code == .corruptBytes
        }
    }
}

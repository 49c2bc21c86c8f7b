import Testing
import Weir
import WeirTesting

@Suite("A job's id")
struct JobIdentityTests: TotalsSuite {
    private func id(_ job: JobDriver) throws -> JobID {
        let text = String(decoding: try job.world.files.readAll("/job/job"), as: UTF8.self)
        return try #require(JobID(text.dropLast()), "\(text)")
    }

    @Test("stays the same from run to run, and is drawn anew if it is lost")
    func lasts() throws {
        let clicks = Clicks(count: 5000).input(seed: 4)
        let job = totals(clicks, TestOutput().sink(name: "totals"), seed: 4)
        try job.start()
        job.run(for: .milliseconds(50))
        let first = try id(job)
        job.crash()
        try job.start()
        job.run(for: .milliseconds(50))
        #expect(try id(job) == first)
        #expect(try job.newestManifest?.jobID == first.description)
        job.crash()
        _ = try job.world.files.remove("/job/job")
        try job.start()
        job.run(for: .milliseconds(50))
        #expect(try id(job) != first)
        job.crash()
    }
}

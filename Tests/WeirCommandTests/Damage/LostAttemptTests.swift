import Testing
import Weir
import WeirTesting

@Suite("A data directory whose attempt file is lost")
struct LostAttemptTests {
    @Test(
        "the next attempt is still the highest: old checkpoints go, and the output is right",
        arguments: [nil, "no number\n", "18446744073709551615\n"]
    )
    func lost(content: String?) throws {
        let visits = VisitJob("/data", seed: 7, milliseconds: 600)
        let job = JobDriver(seed: 4, name: "visits") { visits.build($0, rowTime: .zero) }
        let disk = job.world.files
        try visits.writeInput(disk)
        for _ in 0..<3 {
            try job.start(parallelism: 2)
            try job.checkpoint()
            job.crash()
        }
        try disk.remove("/job/attempt")
        if let content { try disk.replaceAll("/job/attempt", with: Array(content.utf8)) }
        try job.start(parallelism: 2)
        for _ in 0..<4 { try job.checkpoint() }
        #expect(try job.finish() == .finished)
        #expect(!job.notices.contains { $0.contains("could not be removed") })
        let number = try disk.readAll("/job/attempt")
        #expect(String(decoding: number, as: UTF8.self) == "4\n")
        let ledger = try visits.ledger(disk)
        #expect(ledger.isBalanced, "\(ledger)")
    }

    @Test("without any checkpoint a job that had one refuses, until it is to start fresh")
    func everythingLost() throws {
        let visits = VisitJob("/data", seed: 7, milliseconds: 600)
        let job = JobDriver(seed: 4, name: "visits") { visits.build($0, rowTime: .zero) }
        let disk = job.world.files
        try visits.writeInput(disk)
        try job.start(parallelism: 2)
        try job.checkpoint()
        job.crash()
        for name in ["checkpoints", "fallback"] {
            try disk.removeTree("/job/" + name)
            try disk.makeDirectory("/job/" + name)
        }
        try job.start(parallelism: 2)
        guard case .failed(let error) = try job.finish() else {
            Issue.record("the job started from nothing")
            return
        }
        #expect(error.code == .noSnapshot)
        #expect(error.fix.contains("--fresh"))
    }
}

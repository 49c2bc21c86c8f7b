import Testing
import Weir
import WeirTesting

@Suite("The rows that a job tells to have read")
struct SourceRowsTests {
    @Test("are the records of its files: no headers, no splits", arguments: [1, 3])
    func exact(parallelism: Int) throws {
        let job = JobDriver(name: "records") { program in
            var options = FileSourceOptions(["/input"], format: .csv(CSVOptions()))
            options.splitBytes = 10
            program.from(FileSource.description(options, schema: Visit.schema), as: Visit.self)
                .sink(TestOutput().sink(name: "out"))
        }
        try job.world.files.makeDirectory("/input")
        for number in 0..<5 {
            let text = "user,seconds,time\n" + String(repeating: "1,2,3\n", count: number * 100)
            try job.world.files.replaceAll("/input/\(number).csv", with: Array(text.utf8))
        }
        try job.start(parallelism: parallelism)
        #expect(try job.finish() == .finished)
        #expect(job.status.sourceRows == 1000)
    }
}

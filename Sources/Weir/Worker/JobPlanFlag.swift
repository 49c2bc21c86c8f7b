import WeirCore
import WeirPlan

/// How a job manager, or who submits a job, learns its graph: the executable prints it and ends.
///
/// ```
/// JOB --weir-plan -- ARGUMENTS OF THE JOB
/// ```
enum JobPlanFlag {
    /// The flag that makes a job's executable print its plan.
    static let flag = "--weir-plan"

    /// The job's own arguments of such a command line.
    static func jobArguments(_ arguments: [String]) -> [String] {
        Array(arguments.drop { $0 != "--" }.dropFirst())
    }

    /// Writes a graph to standard output, as `StreamGraph.init(decoding:)` reads it.
    static func write(_ graph: StreamGraph, _ processes: any ProcessHost) throws(WeirError) {
        var failure: WeirError?
        graph.encoded().withUnsafeBytes { bytes in
            do throws(WeirError) {
                try processes.write(bytes, to: .output)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}

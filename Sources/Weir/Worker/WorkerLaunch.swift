import WeirCore

/// What a task manager says on the command line of a worker.
///
/// ```
/// JOB --weir-worker SOCKET NUMBER HOST LOW-HIGH DIRECTORY BYTES -- ARGUMENTS OF THE JOB
/// ```
struct WorkerLaunch: Sendable {
    /// The flag that makes a job's executable a worker.
    static let flag = "--weir-worker"

    /// The task manager's socket.
    let socket: String
    /// The number that the worker shows there.
    let number: UInt32
    /// The host of the address at which it takes data connections.
    let host: String
    /// The lowest and the highest port for data connections; 0: any.
    let ports: ClosedRange<Int>
    /// A directory of its own, empty.
    let directory: String
    /// Bytes that it may use.
    let memoryBytes: Int
    /// The job's own arguments.
    let jobArguments: [String]

    /// Reads a command line without the program's name; nil if it is not that of a worker.
    ///
    /// - Throws: `usage` if the flag is there and the rest is not.
    init?(_ arguments: [String]) throws(WeirError) {
        guard arguments.first == Self.flag else { return nil }
        let ports = arguments.count > 4 ? arguments[4].split(separator: "-").map { Int($0) } : []
        guard arguments.count >= 8, arguments[7] == "--", let memory = Int(arguments[6]),
            let number = UInt32(arguments[2]),
            ports.count == 2, let low = ports[0], let high = ports[1], low <= high
        else {
            throw WeirError(
                .usage,
                "\(Self.flag) is for task managers, which start jobs with it.",
                fix: "Run the job without it, or hand it to a cluster with `weir submit`."
            )
        }
        socket = arguments[1]
        self.number = number
        host = arguments[3]
        self.ports = low...high
        directory = arguments[5]
        memoryBytes = memory
        jobArguments = Array(arguments[8...])
    }
}

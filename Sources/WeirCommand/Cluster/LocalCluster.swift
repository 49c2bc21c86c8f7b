import WeirCore

/// The directory of a local cluster, and how its supervisor is asked.
///
/// ```
/// lock                  held while a supervisor runs
/// cluster.sock          the way to it
/// cluster.log           what it says
/// jobmanager/           the job managers' directory, with the token
/// jobmanager.log        what it says; of several, jobmanager-N.log
/// taskmanager-N/        a task manager's directory
/// taskmanager-N.log     what it says
/// ```
struct LocalCluster {
    let directory: String
    let world: any World

    /// The cluster of a directory; nil: that of this user.
    ///
    /// - Throws: `usage` if there is no home directory.
    init(_ directory: String?, world: any World) throws(WeirError) {
        self.world = world
        if let directory {
            self.directory = world.processes.absolutePath(directory)
        } else if let home = world.processes.environment("HOME"), !home.isEmpty {
            self.directory = home + "/.weir/cluster"
        } else {
            throw WeirError(
                .usage,
                "It is not known where the cluster is.",
                reason: "The variable HOME is not set.",
                fix: "Name its directory with --data."
            )
        }
    }

    var socket: String { directory + "/cluster.sock" }
    var log: String { directory + "/cluster.log" }
    var jobManager: String { directory + "/jobmanager" }
    var token: String { jobManager + "/token" }

    /// What the supervisor answers to a request; nil if there is none.
    ///
    /// Waits until it has closed the connection.
    /// - Throws: `networkFailed` if it breaks off.
    func ask(_ request: String) throws(WeirError) -> String? {
        guard try world.files.isLocked(directory + "/lock"),
            let connection = try? world.network.connect(path: socket)
        else { return nil }
        defer { connection.close() }
        try connection.writeLine(request, world.clock)
        var answer = ""
        let deadline = world.clock.monotonicNanoseconds() + Self.patience
        while world.clock.monotonicNanoseconds() < deadline {
            guard let text = try connection.readText() else { return answer }
            answer += text
            if text.isEmpty { connection.waitReadable(until: deadline) }
        }
        throw WeirError(
            .networkFailed,
            "The supervisor of the cluster in \(directory) does not answer.",
            fix: "Look into \(log)."
        )
    }

    /// How long a supervisor may take, in nanoseconds: some processes may not end when asked to.
    private static let patience: Int64 = 60_000_000_000

    /// How the cluster stands; nil if there is none, or it is only beginning.
    func status() throws(WeirError) -> Status? {
        try ask("status").flatMap { Status($0) }
    }

    /// The error of a command that needs a cluster.
    var missing: WeirError {
        WeirError(
            .serverUnreachable,
            "No cluster runs in \(directory).",
            fix: "Start one with `weir cluster start`, or name its directory with --data."
        )
    }

    /// How a cluster stands, as its supervisor tells, a fact a line.
    struct Status: Equatable {
        /// One of its processes.
        struct Member: Equatable {
            let name: String
            /// Nil while it is about to be started again.
            let processID: Int?
            let restarts: Int
        }

        var supervisor = 0
        /// Where clients ask, of several job managers with commas between; empty before one has led.
        var rest = ""
        /// Where task managers register, likewise.
        var rpc = ""
        var slots = 0
        var members: [Member] = []

        init() {}

        /// Where clients ask, as they are told.
        var url: String {
            rest.split(separator: ",").map { "http://\($0)" }.joined(separator: ",")
        }

        /// Reads what `text` makes; nil if it is something else.
        init?(_ text: String) {
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ").map(String.init)
                switch (words.first, words.count) {
                case ("supervisor", 2): supervisor = Int(words[1]) ?? 0
                case ("rest", 2): rest = words[1]
                case ("rpc", 2): rpc = words[1]
                case ("slots", 2): slots = Int(words[1]) ?? 0
                case ("process", 4):
                    members.append(
                        Member(
                            name: words[1],
                            processID: Int(words[2]),
                            restarts: Int(words[3]) ?? 0
                        )
                    )
                default: return nil
                }
            }
            if supervisor == 0 { return nil }
        }

        var text: String {
            var lines = ["supervisor \(supervisor)", "slots \(slots)"]
            if !rest.isEmpty { lines += ["rest \(rest)", "rpc \(rpc)"] }
            for member in members {
                let process = member.processID.map { "\($0)" } ?? "-"
                lines.append("process \(member.name) \(process) \(member.restarts)")
            }
            return lines.joined(separator: "\n")
        }
    }
}

import WeirCore
import WeirREST

/// Follows a job to its end, with a line on a terminal that shows where it is.
struct JobWatch {
    /// How long a job manager may be away before the watch ends, in nanoseconds.
    private static let patience: Int64 = 120_000_000_000
    /// From one look to the next, in nanoseconds.
    private static let interval: Int64 = 200_000_000

    private let client: ClusterClient
    private let id: JobID
    private let width: Int?
    private var rows: (count: Int64, at: Int64) = (0, 0)
    private var isDrawn = false
    /// The last state that was told where there is no terminal.
    private var told = ""

    init(_ client: ClusterClient, _ id: JobID) {
        self.client = client
        self.id = id
        width = client.world.processes.terminalWidth(.error)
    }

    /// Waits for the end; returns the last state.
    ///
    /// A job manager that is away for a while does not end it: another one may follow.
    mutating func run() throws(WeirError) -> String {
        var awaySince: Int64?
        while true {
            let now = client.world.clock.monotonicNanoseconds()
            do throws(WeirError) {
                let job = try client.job(id)
                awaySince = nil
                let state = job["state"]?.text ?? ""
                show(job, state, now)
                if ClusterClient.isTerminal(state) {
                    clear()
                    return state
                }
            } catch  where error.code == .serverUnreachable {
                if awaySince == nil { say("the job manager is away; waiting for it") }
                let since = awaySince ?? now
                awaySince = since
                guard now - since < Self.patience else {
                    clear()
                    throw error
                }
            }
            client.pause(Self.interval)
        }
    }

    private mutating func show(_ job: JSONNode, _ state: String, _ now: Int64) {
        guard let width else {
            if state != told { say("job \(id) is \(state)") }
            told = state
            return
        }
        let count = Self.sourceRows(job)
        let seconds = Double(now - rows.at) / 1e9
        // A restart counts rows anew.
        let rate = count < rows.count || rows.at == 0 ? 0 : Double(count - rows.count) / seconds
        rows = (count, now)
        let tasks = job["vertices"]?.elements.reduce(into: (running: Int64(0), all: Int64(0))) {
            $0.running += $1["tasks"]?["RUNNING"]?.integer ?? 0
            $0.all += $1["parallelism"]?.integer ?? 0
        }
        let text =
            "\(state) · \(tasks?.running ?? 0)/\(tasks?.all ?? 0) tasks · \(count) rows, "
            + "\(Int(rate))/s"
        client.world.processes.tell("\r\u{1B}[K" + String(text.prefix(max(1, width - 1))))
        isDrawn = true
    }

    /// Rows of the vertices that read the outside world: those that nothing feeds but a custom exchange,
    /// over which sources are told what to read.
    static func sourceRows(_ job: JSONNode) -> Int64 {
        let readers = (job["plan"]?["nodes"]?.elements ?? []).filter { node in
            (node["inputs"]?.elements ?? []).allSatisfy { $0["ship_strategy"]?.text == "CUSTOM" }
        }.compactMap { $0["id"]?.text }
        return (job["vertices"]?.elements ?? []).reduce(0) { sum, vertex in
            guard let id = vertex["id"]?.text, readers.contains(id) else { return sum }
            return sum + (vertex["metrics"]?["read-records"]?.integer ?? 0)
        }
    }

    /// Writes a line of its own.
    private mutating func say(_ text: String) {
        clear()
        client.world.processes.tell(text + "\n")
    }

    private mutating func clear() {
        if isDrawn { client.world.processes.tell("\r\u{1B}[K") }
        isDrawn = false
    }
}

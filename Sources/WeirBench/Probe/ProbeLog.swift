import Weir

/// What a probe job's sinks saw, and when: a file for each subtask and attempt.
///
/// Written as it happens, without waiting for the disk: what a process that was killed had written is
/// there. No transaction holds anything back.
package struct ProbeLog: Sendable {
    /// A batch that arrived.
    package struct Arrival: Sendable, Equatable {
        /// Monotonic nanoseconds.
        package let at: Int64
        /// The highest number of its rows.
        package let number: Int64
        /// How many rows.
        package let rows: Int64
        /// Nanoseconds by which timed rows came later than they could have, if rows are logged.
        package let delays: [Int64]
        /// The attempt of the job that saw them.
        package var attempt: UInt64 = 0

        /// Wraps the facts.
        package init(at: Int64, number: Int64, rows: Int64, delays: [Int64] = []) {
            self.at = at
            self.number = number
            self.rows = rows
            self.delays = delays
        }
    }

    /// A checkpoint that was complete: what came before it was final then.
    package struct Commit: Sendable, Equatable {
        /// Monotonic nanoseconds.
        package let at: Int64
        /// The highest number of rows before the barrier.
        package let number: Int64
    }

    /// In the order of their times.
    package private(set) var arrivals: [Arrival] = []
    /// In the order of their times.
    package private(set) var commits: [Commit] = []

    /// A log of which all is known.
    package init(arrivals: [Arrival], commits: [Commit] = []) {
        self.arrivals = arrivals.sorted { $0.at < $1.at }
        self.commits = commits.sorted { $0.at < $1.at }
    }

    /// Reads all files of a directory; the end of one that breaks off is left out.
    ///
    /// - Throws: what files throw.
    package init(directory: String, files: any FileSystem) throws(WeirError) {
        var arrivals: [Arrival] = []
        var commits: [Commit] = []
        for name in try files.list(directory) where name.hasSuffix(Self.suffix) {
            let path = directory + "/" + name
            let attempt = Self.attempt(of: name)
            let bytes = try files.readAll(path, limit: 1 << 32)
            try bytes.withReader { reader throws(WeirError) in
                while let entry = try? Self.entry(&reader) {
                    switch entry {
                    case .arrival(var arrival):
                        arrival.attempt = attempt
                        arrivals.append(arrival)
                    case .commit(let commit): commits.append(commit)
                    }
                }
            }
        }
        self.init(arrivals: arrivals, commits: commits)
    }

    // MARK: Files

    private static let suffix = ".probe"
    private static let arrivalKind: UInt8 = 1
    private static let commitKind: UInt8 = 2

    private enum Entry {
        case arrival(Arrival)
        case commit(Commit)
    }

    /// The file of a subtask in an attempt.
    static func name(_ subtask: Subtask, _ attempt: Attempt) -> String {
        "\(subtask.index)-\(attempt.number)\(suffix)"
    }

    private static func attempt(of name: String) -> UInt64 {
        let words = name.dropLast(suffix.count).split(separator: "-")
        return words.count == 2 ? UInt64(words[1]) ?? 0 : 0
    }

    /// Begins a batch that arrived, which delays of rows, as integers, may follow; returns where it is.
    static func beginArrival(at time: Int64, rows: Int64, in writer: inout ByteWriter) -> Int {
        writer.append(byte: arrivalKind)
        writer.append(integer: time)
        writer.append(integer: rows)
        return writer.append(zeros: Self.openBytes)
    }

    /// Ends what `beginArrival` began, with the highest number of the rows.
    static func endArrival(_ start: Int, number: Int64, in writer: inout ByteWriter) {
        writer.patch(number, at: start)
        writer.patch(UInt32((writer.count - start - openBytes) / 8), at: start + 8)
    }

    /// Bytes of number and count, which are known at the end.
    private static let openBytes = 12

    static func append(_ commit: Commit, to writer: inout ByteWriter) {
        writer.append(byte: commitKind)
        writer.append(integer: commit.at)
        writer.append(integer: commit.number)
    }

    private static func entry(_ reader: inout ByteReader) throws(WeirError) -> Entry {
        switch try reader.readByte() {
        case arrivalKind:
            let at = try reader.readInteger(as: Int64.self)
            let rows = try reader.readInteger(as: Int64.self)
            let number = try reader.readInteger(as: Int64.self)
            let count = Int(try reader.readInteger(as: UInt32.self))
            guard count <= reader.remaining / 8 else { throw reader.corrupt("\(count) delays") }
            var delays: [Int64] = []
            for _ in 0..<count { delays.append(try reader.readInteger()) }
            return .arrival(Arrival(at: at, number: number, rows: rows, delays: delays))
        case commitKind:
            return .commit(
                Commit(at: try reader.readInteger(), number: try reader.readInteger())
            )
        default: throw reader.corrupt("the log of a probe")
        }
    }
}

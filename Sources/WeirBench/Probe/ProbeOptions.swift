import Weir

/// What a probe job is to do, as arguments of its executable.
public struct ProbeOptions: Sendable, Equatable {
    /// What the job makes of its rows.
    public enum Query: Sendable, Equatable {
        /// The number of each key's rows so far, with 104 bytes of state a key.
        case counts
        /// Their number in sliding windows of a second, each tenth of a second.
        case sliding
    }

    /// How fast rows come when all keys are there.
    public enum Load: Sendable, Equatable {
        /// Rows a second, all sources together.
        case rate(Double)
        /// Percent of what each source got rid of in `capacitySeconds` as fast as it could.
        case percent(Double)
    }

    /// Bytes of state of a key in `counts`.
    public static let bytesPerKey = ProbeTotals.bytesWithKey

    /// What is made of the rows.
    public var query = Query.counts
    /// Keys; each has a row before the others come.
    public var keys: Int64 = 100_000
    /// Percent of the keys that rows come for later.
    public var hotPercent = 100
    /// How fast rows come.
    public var load = Load.rate(50_000)
    /// The directory of the sinks' logs.
    public var log = ""
    /// Whether the time of each row is logged, not only that of batches.
    public var logsRows = false

    /// A job with what is usual.
    public init() {}

    /// The arguments that say the same.
    public var arguments: [String] {
        var arguments = [
            "--query", query == .counts ? "counts" : "sliding", "--keys", "\(keys)",
            "--hot-percent", "\(hotPercent)", "--log", log,
        ]
        switch load {
        case .rate(let rate): arguments += ["--rate", "\(rate)"]
        case .percent(let percent): arguments += ["--load", "\(percent)"]
        }
        return logsRows ? arguments + ["--log-rows", "true"] : arguments
    }

    /// Reads them.
    ///
    /// - Throws: `usage` with the argument.
    public init(_ arguments: [String]) throws(WeirError) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard let text = rest.popFirst() else { throw Self.wrong(name, "nothing") }
            switch name {
            case "--query" where text == "counts": query = .counts
            case "--query" where text == "sliding": query = .sliding
            case "--keys": keys = try Self.number(name, text, 1...Int64(1) << 40)
            case "--hot-percent": hotPercent = Int(try Self.number(name, text, 1...100))
            case "--log": log = text
            case "--log-rows": logsRows = text == "true"
            case "--rate": load = .rate(try Self.positive(name, text))
            case "--load": load = .percent(try Self.positive(name, text))
            default: throw Self.wrong(name, text)
            }
        }
    }

    private static func number(
        _ name: String,
        _ text: String,
        _ range: ClosedRange<Int64>
    ) throws(WeirError) -> Int64 {
        guard let number = Int64(text), range.contains(number) else { throw wrong(name, text) }
        return number
    }

    private static func positive(_ name: String, _ text: String) throws(WeirError) -> Double {
        guard let number = Double(text), number > 0, number < 1e12 else { throw wrong(name, text) }
        return number
    }

    private static func wrong(_ name: String, _ text: String) -> WeirError {
        WeirError(
            .usage,
            "A probe job has no argument \(name) with \(text).",
            position: name,
            fix: "Start it with `weir bench`, which writes its arguments."
        )
    }
}

import Weir

/// The main job's own arguments.
struct FlightsArguments {
    /// The directory with `flights/` and `weather/`.
    var input = ".build/flights-input"
    /// The directory for results.
    var output = "flights-results"
    /// How many times as fast as life the departures come; nil: as fast as they can be read.
    var speed: Double?
    /// How much later than others a departure may come, in hours.
    var disorderHours = 24.0
    /// What becomes of lines that cannot be decoded.
    var onMalformed = MalformedPolicy.fail

    static let help = [
        "--input DIR          flights and weather, as deploy/data/unpack makes them",
        "--output DIR         where results go; the first checkpoint replaces an earlier run's",
        "--speed N            N times as fast as life, instead of as fast as possible",
        "--disorder HOURS     departures later than this go to `late` (default 24)",
        "--on-malformed WHAT  for lines that cannot be decoded: fail (default), skip, or dead-letter, "
            + "which puts them into `malformed`",
    ]

    init(_ arguments: [String]) throws(WeirError) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard FlightsArguments.help.contains(where: { $0.hasPrefix(name + " ") }) else {
                throw FlightsArguments.wrong("There is no argument \(name).")
            }
            guard let value = rest.popFirst(), !value.isEmpty else {
                throw FlightsArguments.wrong("\(name) needs a value.")
            }
            switch name {
            case "--input": input = value
            case "--output": output = value
            case "--speed": speed = try FlightsArguments.positive(value, of: name)
            case "--disorder": disorderHours = try FlightsArguments.positive(value, of: name)
            case "--on-malformed":
                guard let policy = MalformedPolicy(rawValue: value) else {
                    throw FlightsArguments.wrong(
                        "--on-malformed takes fail, skip or dead-letter, not \"\(value)\"."
                    )
                }
                onMalformed = policy
            default: throw FlightsArguments.wrong("There is no argument \(name).")
            }
        }
    }

    private static func positive(_ text: String, of name: String) throws(WeirError) -> Double {
        guard let number = Double(text), number > 0, number.isFinite else {
            throw wrong("\(name) needs a number above 0, not \"\(text)\".")
        }
        return number
    }

    private static func wrong(_ message: String) -> WeirError {
        WeirError(
            .usage,
            message,
            position: "arguments of the job, after --",
            fix: "The job takes: "
                + help.map { $0.split(separator: " ").joined(separator: " ") }
                .joined(separator: "; ")
        )
    }
}

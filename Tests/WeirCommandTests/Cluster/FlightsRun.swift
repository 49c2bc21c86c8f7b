import WeirCore
import WeirSystem

/// A small input for the main job, one place for its results, and what they must be.
struct FlightsRun {
    let tool: RealTool
    private let input: String
    let output: String
    private let speed: Int?

    private static let tables = ["carriers", "routes", "weather", "alerts", "late"]

    /// Days of the input.
    private static let days = 60

    /// Writes the input; with `speed`, it is read so many times as fast as life.
    init(_ tool: RealTool, speed: Int? = nil, output: String = "results") throws {
        self.tool = tool
        self.speed = speed
        input = tool.directory + "/input"
        self.output = tool.directory + "/" + output
        let files = tool.world.files
        guard try files.status(input) == nil else { return }
        var chance = SplitMix64(seed: 2013)
        for airport in ["EWR", "JFK", "LGA"] {
            var flights = "carrier,flight,origin,dest,dep_delay,minute,time_hour\n"
            var weather = "origin,wind_speed,precip,visib,time_hour\n"
            for hour in 0..<(Self.days * 24) {
                let time = Self.time(hour)
                weather += "\(airport),\(chance.next() % 30),0,\(chance.next() % 11),\(time)\n"
                for flight in 0..<6 {
                    let carrier = ["UA", "B6", "DL"][Int(chance.next() % 3)]
                    let delay = chance.next() % 9 == 0 ? "NA" : "\(Int(chance.next() % 90) - 10)"
                    let to = ["IAH", "MIA", "BOS"][Int(chance.next() % 3)]
                    flights +=
                        "\(carrier),\(flight),\(airport),\(to),\(delay),\(flight * 9),\(time)\n"
                }
            }
            for (table, text) in [("flights", flights), ("weather", weather)] {
                try files.makeDirectory(input + "/" + table)
                try files.replaceAll("\(input)/\(table)/\(airport).csv", with: Array(text.utf8))
            }
        }
    }

    private static func time(_ hour: Int) -> String {
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + "\(number)" }
        let day = hour / 24
        let (month, date) = day < 31 ? (1, day + 1) : (2, day - 30)
        let (realMonth, realDate) = month == 2 && date > 28 ? (3, date - 28) : (month, date)
        return "2013-\(two(realMonth))-\(two(realDate))T\(two(hour % 24)):00:00Z"
    }

    /// The job's own arguments.
    var arguments: [String] {
        ["--input", input, "--output", output] + (speed.map { ["--speed", "\($0)"] } ?? [])
    }

    /// All rows of the results, in an order that does not depend on files.
    func rows() throws -> [String] {
        var rows: [String] = []
        for table in Self.tables {
            let place = output + "/" + table
            guard try tool.world.files.status(place) != nil else { continue }
            for name in try tool.world.files.list(place)
            where !name.hasPrefix(".") && name.hasSuffix(".csv") {
                let lines = try tool.text(place + "/" + name).split(separator: "\n").dropFirst()
                rows += lines.map { table + ": " + $0 }
            }
        }
        return rows.sorted()
    }

    /// The rows of a run in one process that nobody disturbs.
    static func expected(_ tool: RealTool) throws -> [String] {
        let run = try FlightsRun(tool, output: "expected")
        let result = try tool.run(
            Products.path("weir"),
            ["run", Products.path("flights"), "--"] + run.arguments
        )
        guard result.status == .exited(0) else {
            throw WeirError(.jobFailed, "The undisturbed run failed: \(result.errors)")
        }
        return try run.rows()
    }
}

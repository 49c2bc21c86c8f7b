import Foundation

/// Everything that one invocation found.
struct Report: Codable, Sendable {
    let machine: Machine
    let before: Canary
    let after: Canary
    /// Whether the machine was too busy for the figures to count.
    let isSpoiled: Bool
    let measurements: [Measurement]

    init(before: Canary, after: Canary, measurements: [Measurement]) {
        machine = Machine()
        self.before = before
        self.after = after
        isSpoiled = before.isSpoiled || after.isSpoiled
        self.measurements = measurements
    }

    /// The report as JSON.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// The report for people.
    func table() -> String {
        let names = measurements.map(\.name.count).max() ?? 0
        var lines = [machine.description, ""]
        for measurement in measurements { lines.append(Self.row(measurement, nameWidth: names)) }
        lines += ["", "before: \(words(before))", "after:  \(words(after))"]
        if isSpoiled {
            lines.append("SPOILED: others had more than 1 % of the machine; repeat it.")
        }
        return lines.joined(separator: "\n")
    }

    /// A line of the table.
    static func row(_ measurement: Measurement, nameWidth: Int) -> String {
        let name = measurement.name.padding(toLength: nameWidth, withPad: " ", startingAt: 0)
        let spread = "\(Digits.of(measurement.lowest)) … \(Digits.of(measurement.highest))"
        var row = "\(name)  \(right(Digits.of(measurement.median), 8)) "
        row += measurement.unit.padding(toLength: 6, withPad: " ", startingAt: 0)
        row += "  \(right(spread, 19)) in \(measurement.runs)"
        if let limit = measurement.limit, let ratio = measurement.ratio {
            row += "  \(String(format: "%.2f", ratio)) of \(limit)"
        }
        if let goal = measurement.goal {
            let verdict = measurement.isGoalMet.map { $0 ? "met" : "MISSED" } ?? "not known"
            row += "  (goal \(goal): \(verdict))"
        }
        return row + "  \(measurement.summary)"
    }

    private func words(_ canary: Canary) -> String {
        String(
            format: "load %.2f, stolen %.2f %%, longest gap %.2f ms, %d above 1 ms, lost %.2f %%",
            canary.load,
            canary.stolenShare * 100,
            canary.longestGap,
            canary.gapsAboveMillisecond,
            canary.lostShare * 100
        )
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

/// What the figures were measured on.
struct Machine: Codable, Sendable, CustomStringConvertible {
    let processor: String
    let processorCount: Int
    let memoryGigabytes: Double
    let system: String

    init() {
        let facts = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let model = facts.split(separator: "\n").first { $0.hasPrefix("model name") }
        processor =
            model?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
            ?? "unknown processor"
        processorCount = ProcessInfo.processInfo.activeProcessorCount
        memoryGigabytes = Double(ProcessInfo.processInfo.physicalMemory) / 1e9
        system = ProcessInfo.processInfo.operatingSystemVersionString
    }

    var description: String {
        "\(processor), \(processorCount) processors, \(Int(memoryGigabytes.rounded())) GB, \(system)"
    }
}

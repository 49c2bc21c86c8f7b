import Weir

/// The summary at the end of the job: read from the committed files, as any other reader would.
struct FlightsReport {
    private let world: any World
    private let directory: String

    init(world: any World, directory: String) {
        self.world = world
        self.directory = directory
    }

    /// Totals of some days.
    private struct Totals {
        var flights = 0
        var cancelled = 0
        var delayed = 0
        var delayMinutes = 0
        var worst = 0
    }

    /// Prints a table by carrier, a chart by month, and what was found.
    func write(_ status: JobStatus) throws(WeirError) {
        var byCarrier: [String: Totals] = [:]
        var byMonth = [Totals](repeating: Totals(), count: 12)
        for fields in try rows("carriers", columns: 8) {
            // Windows that begin at midnight do not overlap: together they are the year.
            guard let start = Int64(fields[0]), start % 86_400_000 == 0 else { continue }
            let numbers = fields[3...].map { Int($0) ?? 0 }
            add(numbers, to: &byCarrier[fields[2], default: Totals()])
            add(numbers, to: &byMonth[CivilMonth.month(ofMilliseconds: start) - 1])
        }
        var text = "\nDepartures from New York, by carrier\n\n" + table(byCarrier)
        text +=
            "\nShare of departures more than 15 minutes late, by month (UTC)\n\n" + chart(byMonth)
        text += "\n" + (try findings(status))
        try world.processes.write(text, to: .output)
    }

    private func add(_ numbers: [Int], to totals: inout Totals) {
        totals.flights += numbers[0]
        totals.cancelled += numbers[1]
        totals.delayed += numbers[2]
        totals.delayMinutes += numbers[3]
        totals.worst = max(totals.worst, numbers[4])
    }

    private func table(_ byCarrier: [String: Totals]) -> String {
        var text = line("carrier", "flights", "cancelled", "delayed", "mean delay", "worst")
        let ordered = byCarrier.sorted {
            ($1.value.flights, $0.key) < ($0.value.flights, $1.key)
        }
        for (carrier, totals) in ordered {
            let departed = max(1, totals.flights - totals.cancelled)
            text += line(
                carrier,
                "\(totals.flights)",
                percent(totals.cancelled, totals.flights),
                percent(totals.delayed, departed),
                tenths(totals.delayMinutes * 10 / departed) + " min",
                "\(totals.worst) min"
            )
        }
        return text
    }

    private func chart(_ byMonth: [Totals]) -> String {
        let names = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        var text = ""
        for (name, totals) in zip(names, byMonth) {
            let departed = max(1, totals.flights - totals.cancelled)
            let bar = String(repeating: "█", count: totals.delayed * 100 / departed)
            text += "  \(name) \(bar) \(percent(totals.delayed, departed))\n"
        }
        return text
    }

    private func findings(_ status: JobStatus) throws(WeirError) -> String {
        let alerts = try rows("alerts", columns: 4)
        let late = try rows("late", columns: 6).count
        let seconds = Double(status.elapsedNanoseconds) / 1e9
        return """
            \(alerts.filter { $0[1] == "delays" }.count) times delays piled up at an airport, \
            \(alerts.filter { $0[1] == "silent" }.count) times a carrier fell silent; \
            \(late) departures came too late for the statistics.\(malformed(status))
            \(status.sourceRows) rows in \(tenths(Int(seconds * 10))) s, \
            \(status.completedCheckpoints) checkpoints, \(status.restarts) restarts. \
            Results: \(directory)

            """
    }

    private func malformed(_ status: JobStatus) -> String {
        status.malformedRecords == 0
            ? "" : " \(status.malformedRecords) lines could not be decoded."
    }

    // MARK: Reading results

    /// The fields of all committed rows of an output.
    private func rows(_ name: String, columns: Int) throws(WeirError) -> [[String]] {
        let path = "\(directory)/\(name)"
        var rows: [[String]] = []
        for file in try world.files.list(path) where file.hasPrefix("part-") {
            let text = String(decoding: try world.files.readAll("\(path)/\(file)"), as: UTF8.self)
            for line in text.split(separator: "\n").dropFirst() {
                let fields = line.split(separator: ",", omittingEmptySubsequences: false)
                if fields.count == columns { rows.append(fields.map(String.init)) }
            }
        }
        return rows
    }

    // MARK: Layout

    private func line(_ first: String, _ rest: String...) -> String {
        let cells = rest.map { String(repeating: " ", count: max(1, 12 - $0.count)) + $0 }
        return "  " + first + String(repeating: " ", count: max(0, 8 - first.count))
            + cells.joined() + "\n"
    }

    private func percent(_ part: Int, _ whole: Int) -> String {
        tenths(part * 1000 / max(1, whole)) + " %"
    }

    private func tenths(_ value: Int) -> String { "\(value / 10).\(abs(value % 10))" }
}

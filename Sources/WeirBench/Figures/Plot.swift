import CWeirIntrinsics

/// A drawing of distributions: which share of values stays below which value.
///
/// Both axes are logarithmic: shares by how many nines they have, as HdrHistogram draws them.
public struct Plot: Sendable {
    private static let size: (width: Double, height: Double) = (720, 420)
    private static let margin: (left: Double, top: Double, right: Double, bottom: Double) =
        (70, 50, 20, 50)
    private static let colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e"]
    /// The shares that are marked, by their distance from 1.
    private static let marks: [(text: String, rest: Double)] = [
        ("0 %", 1), ("50 %", 0.5), ("90 %", 0.1), ("99 %", 0.01), ("99.9 %", 0.001),
        ("99.99 %", 0.0001),
    ]

    private let title: String
    private let unit: String
    private var series: [(name: String, values: Percentiles)] = []

    /// A drawing without a line yet; values are nanoseconds, shown in milliseconds.
    public init(title: String, unit: String) {
        self.title = title
        self.unit = unit
    }

    /// Adds a line; one without values is left out.
    public mutating func add(_ name: String, _ values: Percentiles) {
        if values.count > 0 { series.append((name, values)) }
    }

    /// The drawing as an SVG document.
    public func svg() -> String {
        let all = series.flatMap { line in
            [line.values.value(at: 0) ?? 0, line.values.maximum ?? 0]
        }
        let low = Self.decade(below: Double(max(1000, all.min() ?? 1000)) / 1e6)
        let high = max(low * 10, Self.decade(above: Double(max(1, all.max() ?? 1)) / 1e6))
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(Int(Self.size.width))\" "
                + "height=\"\(Int(Self.size.height))\" font-family=\"sans-serif\" "
                + "font-size=\"12\">",
            "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
            text(title, Self.margin.left, 20, "start", size: 15),
        ]
        lines += grid(low, high)
        for (index, line) in series.enumerated() {
            let colour = Self.colours[index % Self.colours.count]
            lines.append(curve(line.values, colour, low, high))
            let y = Self.margin.top + 16 * Double(index + 1)
            lines.append(text(line.name, Self.margin.left + 12, y, "start", colour: colour))
        }
        return (lines + ["</svg>", ""]).joined(separator: "\n")
    }

    private func grid(_ low: Double, _ high: Double) -> [String] {
        var lines: [String] = []
        var value = low
        while value <= high * 1.001 {
            let y = y(value, low, high)
            lines.append(rule(Self.margin.left, y, Self.size.width - Self.margin.right, y))
            lines.append(text("\(Self.number(value)) \(unit)", Self.margin.left - 6, y + 4, "end"))
            value *= 10
        }
        for mark in Self.marks {
            let x = x(mark.rest)
            let bottom = Self.size.height - Self.margin.bottom
            lines.append(rule(x, Self.margin.top, x, bottom))
            lines.append(text(mark.text, x, bottom + 18, "middle"))
        }
        return lines
    }

    private func curve(
        _ values: Percentiles,
        _ colour: String,
        _ low: Double,
        _ high: Double
    ) -> String {
        // Evenly over the axis, as far as there are values to tell shares apart.
        let last = max(1 / Double(values.count), 0.0001)
        let points = (0...200).compactMap { step -> String? in
            let rest = weir_power(last, Double(step) / 200)
            guard let value = values.value(at: 1 - rest) else { return nil }
            let height = max(low, Double(value) / 1e6)
            return "\(Self.number(x(rest))),\(Self.number(y(height, low, high)))"
        }
        return "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\" points=\""
            + points.joined(separator: " ") + "\"/>"
    }

    // MARK: Places

    private func x(_ rest: Double) -> Double {
        let width = Self.size.width - Self.margin.left - Self.margin.right
        return Self.margin.left + width * weir_log10(1 / rest) / 4
    }

    private func y(_ value: Double, _ low: Double, _ high: Double) -> Double {
        let height = Self.size.height - Self.margin.top - Self.margin.bottom
        let share = weir_log10(value / low) / weir_log10(high / low)
        return Self.margin.top + height * (1 - share)
    }

    // MARK: Marks

    private func rule(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
        let places = [x1, y1, x2, y2].map(Self.number)
        return "<line x1=\"\(places[0])\" y1=\"\(places[1])\" x2=\"\(places[2])\" "
            + "y2=\"\(places[3])\" stroke=\"#ddd\"/>"
    }

    private func text(
        _ text: String,
        _ x: Double,
        _ y: Double,
        _ anchor: String,
        size: Int = 12,
        colour: String = "#333"
    ) -> String {
        let safe = text.split(separator: "&", omittingEmptySubsequences: false)
            .joined(separator: "&amp;").split(separator: "<", omittingEmptySubsequences: false)
            .joined(separator: "&lt;")
        return "<text x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" text-anchor=\"\(anchor)\" "
            + "font-size=\"\(size)\" fill=\"\(colour)\">\(safe)</text>"
    }

    // MARK: Numbers

    /// A number with three digits behind the point at most.
    private static func number(_ value: Double) -> String {
        let rounded = (value * 1000).rounded() / 1000
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }

    private static func decade(below value: Double) -> Double {
        var decade = 1.0
        while decade > value { decade /= 10 }
        while decade * 10 <= value { decade *= 10 }
        return decade
    }

    private static func decade(above value: Double) -> Double {
        let below = decade(below: value)
        return below < value ? below * 10 : below
    }
}

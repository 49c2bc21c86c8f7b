import CLimits
import Foundation

/// How quiet the machine is: load, time stolen by other machines, and gaps in a second of spinning.
///
/// A run is spoiled if others had more than 1 % of the second before or after it.
struct Canary: Codable, Sendable {
    /// Runnable threads, averaged over the last minute.
    let load: Double
    /// Share of processor time that the hypervisor gave to others since the start of the machine.
    let stolenShare: Double
    /// Longest gap, milliseconds.
    let longestGap: Double
    /// How many gaps were above a millisecond.
    let gapsAboveMillisecond: Int
    /// Share of the second that others had.
    let lostShare: Double

    /// Whether measurements beside it are worth nothing.
    var isSpoiled: Bool { lostShare > 0.01 }

    /// Spins for a second.
    static func observe() -> Canary {
        let second: UInt64 = 1_000_000_000
        let gaps = limits_spin(second)
        return Canary(
            load: firstNumbers("/proc/loadavg", prefix: "").first ?? 0,
            stolenShare: stolenShare(),
            longestGap: Double(gaps.longest_nanoseconds) / 1e6,
            gapsAboveMillisecond: Int(gaps.above_millisecond),
            lostShare: Double(gaps.lost_nanoseconds) / Double(second)
        )
    }

    /// The eighth number of the line `cpu` is the stolen time.
    private static func stolenShare() -> Double {
        let times = firstNumbers("/proc/stat", prefix: "cpu ")
        guard times.count >= 8 else { return 0 }
        return times[7] / max(1, times[..<8].reduce(0, +))
    }

    private static func firstNumbers(_ path: String, prefix: String) -> [Double] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        let line = text.split(separator: "\n").first { $0.hasPrefix(prefix) }
        return (line ?? "").dropFirst(prefix.count).split(separator: " ").compactMap { Double($0) }
    }
}

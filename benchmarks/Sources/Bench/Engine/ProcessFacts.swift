import Foundation

/// What this process and the machine have used so far.
struct ProcessFacts: Sendable {
    /// Seconds of a clock that only grows.
    let wall: Double
    /// Processor seconds of all threads.
    let processor: Double
    /// Processor seconds of the threads that run slots.
    let slots: Double
    /// Busy processor seconds of the machine, this process included.
    let machine: Double

    /// As of now.
    static func now() -> ProcessFacts {
        ProcessFacts(
            wall: seconds(CLOCK_MONOTONIC),
            processor: seconds(CLOCK_PROCESS_CPUTIME_ID),
            slots: slotSeconds(),
            machine: machineSeconds()
        )
    }

    /// Bytes in memory now.
    static var residentBytes: Int { statusBytes("VmRSS:") }

    /// The most bytes that were in memory since the last `forgetHighestResidentBytes`.
    static var highestResidentBytes: Int { statusBytes("VmHWM:") }

    /// Lets the highest number of bytes in memory begin anew.
    static func forgetHighestResidentBytes() {
        try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    }

    private static func statusBytes(_ field: String) -> Int {
        let lines = read("/proc/self/status").split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix(field) }) else { return 0 }
        return line.split(whereSeparator: \.isWhitespace).dropFirst().first
            .flatMap { Int($0) }.map { $0 << 10 } ?? 0
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The first number of a thread's `schedstat` are its nanoseconds on a processor.
    private static func slotSeconds() -> Double {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return tasks.reduce(0) { sum, task in
            let place = "/proc/self/task/\(task)"
            guard read(place + "/comm").hasPrefix("weir-slot") else { return sum }
            let spent = read(place + "/schedstat").split(separator: " ").first
            return sum + (spent.flatMap { Double($0) } ?? 0) / 1e9
        }
    }

    /// The line `cpu` counts hundredths of seconds; the fourth and fifth number are idle ones.
    private static func machineSeconds() -> Double {
        let line = read("/proc/stat").split(separator: "\n").first ?? ""
        let times = line.split(separator: " ").dropFirst().compactMap { Double($0) }
        guard times.count >= 8 else { return 0 }
        return (times[0..<8].reduce(0, +) - times[3] - times[4]) / 100
    }

    private static func read(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}

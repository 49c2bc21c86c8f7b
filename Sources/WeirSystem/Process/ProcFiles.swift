import Glibc
import WeirCore

/// What the kernel tells of processes in `/proc`.
enum ProcFiles {
    /// Memory and processor time of another process; nil if it is not there.
    static func usage(of process: Int) -> ResourceUsage? {
        let memory = read("/proc/\(process)/status")
        let times = read("/proc/\(process)/stat")
        // The name, in brackets, may contain anything. Behind it: state, ..., and as the 12th and
        // 13th the ticks in user and system mode.
        guard let bracket = times.lastIndex(of: ")") else { return nil }
        let fields = times[bracket...].split(separator: " ").dropFirst()
        guard fields.count > 12 else { return nil }
        let ticks = fields.dropFirst(11).prefix(2).compactMap { Int64($0) }.reduce(0, +)
        return ResourceUsage(
            residentBytes: kibibytes("VmRSS:", in: memory) * 1024,
            peakResidentBytes: kibibytes("VmHWM:", in: memory) * 1024,
            cpuNanoseconds: ticks * (1_000_000_000 / Int64(max(1, sysconf(CInt(_SC_CLK_TCK)))))
        )
    }

    /// The number after a label in a file of lines such as `VmRSS:    1234 kB`; 0 if there is none.
    static func kibibytes(_ label: String, in text: String) -> Int {
        for line in text.split(separator: "\n") where line.hasPrefix(label) {
            let digits = line.drop { !$0.isNumber }.prefix { $0.isNumber }
            return Int(digits) ?? 0
        }
        return 0
    }

    /// The beginning of a file, 8 KiB at most; empty if it cannot be read.
    static func read(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = bytes.withUnsafeMutableBytes { buffer in
            Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        }
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}

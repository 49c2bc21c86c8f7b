import WeirCore

/// What Linux tells of the processes of this machine.
struct ProcessTable {
    let world: any World

    /// The arguments of a process, its program first; empty if it is gone.
    func commandLine(_ process: Int64) -> [String] {
        let bytes = (try? read("/proc/\(process)/cmdline")) ?? []
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Bytes of memory that a process has resident; 0 if it is gone.
    func residentBytes(_ process: Int64) -> Int64 {
        let bytes = (try? read("/proc/\(process)/status")) ?? []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        where line.hasPrefix("VmRSS:") {
            let digits = line.filter { $0.isNumber }
            return (Int64(digits) ?? 0) << 10
        }
        return 0
    }

    /// The workers of the task managers whose directories lie in `directory`, by their ids.
    func workers(of directory: String) throws(WeirError) -> [Int64] {
        try world.files.list("/proc").compactMap { Int64($0) }.filter { process in
            let arguments = commandLine(process)
            return arguments.count > 2 && arguments[1] == "--weir-worker"
                && arguments[2].hasPrefix(directory + "/")
        }
    }

    /// Files there have no size before they are read.
    private func read(_ path: String) throws(WeirError) -> [UInt8] {
        let file = try world.files.open(path, .read)
        defer { file.close() }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var failure: WeirError?
        let count = buffer.withUnsafeMutableBytes { bytes -> Int in
            do throws(WeirError) { return try file.read(at: 0, into: bytes) } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return Array(buffer.prefix(count))
    }
}

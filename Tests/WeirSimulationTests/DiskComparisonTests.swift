import Testing
import WeirCore
import WeirSimulation
import WeirSystem

@Suite("The simulated disk beside the real one")
struct DiskComparisonTests {
    @Test("random operations have the same results on both", arguments: 0..<20)
    func sameResults(number: Int) throws {
        let real = RealWorld()
        let seed = real.random.next()
        print("DiskComparisonTests seed \(seed)")
        let root = real.processes.environment("TMPDIR") ?? "/tmp"
        let directory = "\(root)/weir-\(real.processes.processID)-\(seed)"
        let simulated = SimulatedWorld(seed: seed)
        for files in [real.files, simulated.files] { try files.makeDirectory(directory) }
        defer { try? real.files.removeTree(directory) }

        var onReal = DiskUser(real.files, directory, seed: seed)
        var onSimulated = DiskUser(simulated.files, directory, seed: seed)
        for step in 0..<400 {
            let expected = onReal.next()
            let actual = onSimulated.next()
            try #require(actual == expected, "seed \(seed), step \(step)")
        }
    }
}

/// Does random things to a disk and says how they went.
private struct DiskUser {
    private static let names = ["a", "b", "d", "d/a", "d/e", "d/e/a", "d/e/f", "b/x", "g/h/i"]

    private let files: any FileSystem
    private let directory: String
    private var random: SplitMix64

    init(_ files: any FileSystem, _ directory: String, seed: UInt64) {
        self.files = files
        self.directory = directory
        random = SplitMix64(seed: seed)
    }

    /// One more operation: what it was, and its result or the code of its error.
    mutating func next() -> String {
        let name = path()
        let other = path()
        let operation = Int(random.next() % 10)
        let choice = Int(random.next() % 5)
        let length = Int(random.next() % 1000)
        let call =
            [operation, choice, length].map { "\($0) " }.joined()
            + name.dropFirst(directory.count) + " " + other.dropFirst(directory.count)
        do {
            return try "\(call): \(perform(operation, name, other, choice, length))"
        } catch {
            return "\(call): \((error as? WeirError)?.code.id ?? "?")"
        }
    }

    private mutating func path() -> String {
        directory + "/" + Self.names[Int(random.next() % UInt64(Self.names.count))]
    }

    private func perform(
        _ operation: Int,
        _ name: String,
        _ other: String,
        _ choice: Int,
        _ length: Int
    ) throws -> String {
        switch operation {
        case 0: return try files.list(name).joined(separator: ",")
        case 1:
            let status = try files.status(name)
            let size = status?.isDirectory == true ? 0 : status?.size ?? -1
            return "\(size) \(status?.isDirectory ?? false)"
        case 2: try files.makeDirectory(name)
        case 3: try files.link(name, other)
        case 4: try files.rename(name, other)
        case 5: return try "\(files.remove(name))"
        case 6: try files.synchronizeDirectory(name)
        case 7: return try files.text(name)
        default: try use(name, choice, length)
        }
        return "done"
    }

    private func use(_ name: String, _ choice: Int, _ length: Int) throws {
        let modes: [FileMode] = [.read, .createNew, .truncate, .append, .readWrite]
        let file = try files.open(name, modes[choice])
        defer { file.close() }
        try file.write(String(repeating: "w", count: length % 7))
        try file.write("at", at: length)
        if length % 3 == 0 { try file.truncate(to: length / 2) }
        try file.write("end")
        try file.synchronize()
    }
}

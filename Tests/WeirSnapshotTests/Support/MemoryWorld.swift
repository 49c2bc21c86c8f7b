import WeirCore

// SAFETY: each test makes its own and uses it on one thread.

/// A world that is only a disk in memory and seeded chance; nothing else may be used.
final class MemoryWorld: World, @unchecked Sendable {
    let disk = MemoryFiles()
    let random: any RandomSource = CountingRandom()
    var files: any FileSystem { disk }
    var clock: any Clock { preconditionFailure("No clock here.") }
    var threads: any ThreadHost { preconditionFailure("No threads here.") }
    var network: any Network { preconditionFailure("No network here.") }
    var processes: any ProcessHost { preconditionFailure("No processes here.") }

    /// Bytes of a file of the disk; empty if it is not there.
    func bytes(_ path: String) -> [UInt8] { disk.nodes[path]?.bytes ?? [] }

    /// Replaces the bytes of a file of the disk.
    func setBytes(_ path: String, _ bytes: [UInt8]) { disk.nodes[path]?.bytes = bytes }
}

// SAFETY: as above.
private final class CountingRandom: RandomSource, @unchecked Sendable {
    private var generator = SplitMix64(seed: 1)
    func next() -> UInt64 { generator.next() }
}

import Synchronization
import Weir
import WeirSimulation

/// A simulated world whose disk once takes long to give a file its name in the checkpoint store.
///
/// The I/O thread that asks for it is held up; all others go on.
final class HeldWorld: World {
    let simulated: SimulatedWorld
    let files: any FileSystem
    /// What is held up.
    let hold: Hold

    /// Holds up the first file whose name there contains each of the texts.
    init(seed: UInt64, names texts: [String], for time: Duration) {
        simulated = SimulatedWorld(seed: seed)
        hold = Hold(simulated, texts, time.nanoseconds)
        files = HeldFiles(simulated.files, hold)
    }

    var clock: any Clock { simulated.clock }
    var random: any RandomSource { simulated.random }
    var threads: any ThreadHost { simulated.threads }
    var network: any Network { simulated.network }
    var processes: any ProcessHost { simulated.processes }

    /// The one that is held up, and for how long.
    final class Hold: Sendable {
        private struct State {
            var isDone = false
            var isHolding = false
        }

        private let state = Mutex(State())
        private let parker: any Parker
        private let clock: any Clock
        private let texts: [String]
        private let nanoseconds: Int64

        init(_ world: SimulatedWorld, _ texts: [String], _ nanoseconds: Int64) {
            parker = world.threads.makeParker()
            clock = world.clock
            self.texts = texts
            self.nanoseconds = nanoseconds
        }

        /// Whether a thread is held up now.
        var isHolding: Bool { state.withLock { $0.isHolding } }
        /// Whether one was.
        var isDone: Bool { state.withLock { $0.isDone } }

        func pass(_ path: String) {
            let isFirst = state.withLock { state in
                guard !state.isDone, texts.allSatisfy({ path.contains($0) }) else { return false }
                state.isDone = true
                state.isHolding = true
                return true
            }
            guard isFirst else { return }
            parker.park(until: clock.monotonicNanoseconds() + nanoseconds)
            state.withLock { $0.isHolding = false }
        }
    }
}

/// The disk of a held world.
private final class HeldFiles: FileSystem {
    private let inner: any FileSystem
    private let hold: HeldWorld.Hold

    init(_ inner: any FileSystem, _ hold: HeldWorld.Hold) {
        self.inner = inner
        self.hold = hold
    }

    func link(_ source: String, _ target: String) throws(WeirError) {
        hold.pass(target)
        try inner.link(source, target)
    }

    func open(_ path: String, _ mode: FileMode) throws(WeirError) -> any OpenFile {
        try inner.open(path, mode)
    }

    func status(_ path: String) throws(WeirError) -> FileStatus? { try inner.status(path) }

    func list(_ directory: String) throws(WeirError) -> [String] { try inner.list(directory) }

    func makeDirectory(_ path: String) throws(WeirError) { try inner.makeDirectory(path) }

    func rename(_ source: String, _ target: String) throws(WeirError) {
        try inner.rename(source, target)
    }

    func remove(_ path: String) throws(WeirError) -> Bool { try inner.remove(path) }

    func setPermissions(_ path: String, _ permissions: FilePermissions) throws(WeirError) {
        try inner.setPermissions(path, permissions)
    }

    func synchronizeDirectory(_ path: String) throws(WeirError) {
        try inner.synchronizeDirectory(path)
    }

    func lock(_ path: String, _ kind: FileLockKind) throws(WeirError) -> (any FileLock)? {
        try inner.lock(path, kind)
    }

    func isLocked(_ path: String) throws(WeirError) -> Bool { try inner.isLocked(path) }
}

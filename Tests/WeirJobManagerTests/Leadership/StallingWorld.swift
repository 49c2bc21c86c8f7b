import WeirCore

// SAFETY: each test makes its own and uses it on one thread.

/// A world in which one call that changes the disk takes a while: before it happens, something else does.
final class StallingWorld: World, @unchecked Sendable {
    private let base: any World
    private var countdown: Int?
    private var place = ""
    private var meanwhile: () -> Void = {}

    init(_ base: any World) { self.base = base }

    /// Has `meanwhile` happen in the call number `index` from here on.
    func stall(at index: Int, _ meanwhile: @escaping () -> Void) {
        stall(after: index, path: "", meanwhile)
    }

    /// The same for calls on paths with a certain end.
    func stall(after count: Int, path: String, _ meanwhile: @escaping () -> Void) {
        (countdown, place, self.meanwhile) = (count, path, meanwhile)
    }

    fileprivate func note(_ path: String) {
        guard let countdown, path.hasSuffix(place) else { return }
        self.countdown = countdown == 0 ? nil : countdown - 1
        if countdown == 0 { meanwhile() }
    }

    var clock: any Clock { base.clock }
    var random: any RandomSource { base.random }
    var files: any FileSystem { StallingFiles(base: base.files, world: self) }
    var threads: any ThreadHost { base.threads }
    var network: any Network { base.network }
    var processes: any ProcessHost { base.processes }
}

private struct StallingFiles: FileSystem {
    let base: any FileSystem
    let world: StallingWorld

    func open(_ path: String, _ mode: FileMode) throws(WeirError) -> any OpenFile {
        if mode != .read { world.note(path) }
        return try base.open(path, mode)
    }

    func status(_ path: String) throws(WeirError) -> FileStatus? { try base.status(path) }

    func list(_ directory: String) throws(WeirError) -> [String] { try base.list(directory) }

    func makeDirectory(_ path: String) throws(WeirError) {
        world.note(path)
        try base.makeDirectory(path)
    }

    func link(_ source: String, _ target: String) throws(WeirError) {
        world.note(target)
        try base.link(source, target)
    }

    func rename(_ source: String, _ target: String) throws(WeirError) {
        world.note(target)
        try base.rename(source, target)
    }

    func remove(_ path: String) throws(WeirError) -> Bool {
        world.note(path)
        return try base.remove(path)
    }

    func setPermissions(_ path: String, _ permissions: FilePermissions) throws(WeirError) {
        try base.setPermissions(path, permissions)
    }

    func synchronizeDirectory(_ path: String) throws(WeirError) {
        world.note(path)
        try base.synchronizeDirectory(path)
    }

    func lock(_ path: String, _ kind: FileLockKind) throws(WeirError) -> (any FileLock)? {
        try base.lock(path, kind)
    }

    func isLocked(_ path: String) throws(WeirError) -> Bool { try base.isLocked(path) }
}

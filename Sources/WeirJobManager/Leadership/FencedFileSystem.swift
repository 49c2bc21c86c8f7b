import WeirCore

/// The disk as a leader sees it: whatever changes it asks the fence first, call by call.
///
/// So a clean-up that was frozen between two files goes no further. The one call at which it was frozen may
/// still happen; `docs/decisions/0023-several-job-managers.md` says why that does no harm.
struct FencedFileSystem: FileSystem {
    let base: any FileSystem
    let fence: Fence

    func open(_ path: String, _ mode: FileMode) throws(WeirError) -> any OpenFile {
        if mode != .read { try fence.check() }
        let file = try base.open(path, mode)
        return mode == .read ? file : FencedFile(file, fence)
    }

    func status(_ path: String) throws(WeirError) -> FileStatus? { try base.status(path) }

    func list(_ directory: String) throws(WeirError) -> [String] { try base.list(directory) }

    func makeDirectory(_ path: String) throws(WeirError) {
        try fence.check()
        try base.makeDirectory(path)
    }

    func link(_ source: String, _ target: String) throws(WeirError) {
        try fence.check()
        try base.link(source, target)
    }

    func rename(_ source: String, _ target: String) throws(WeirError) {
        try fence.check()
        try base.rename(source, target)
    }

    func remove(_ path: String) throws(WeirError) -> Bool {
        try fence.check()
        return try base.remove(path)
    }

    func setPermissions(_ path: String, _ permissions: FilePermissions) throws(WeirError) {
        try fence.check()
        try base.setPermissions(path, permissions)
    }

    func synchronizeDirectory(_ path: String) throws(WeirError) {
        try fence.check()
        try base.synchronizeDirectory(path)
    }

    func lock(_ path: String, _ kind: FileLockKind) throws(WeirError) -> (any FileLock)? {
        try fence.check()
        return try base.lock(path, kind)
    }

    func isLocked(_ path: String) throws(WeirError) -> Bool { try base.isLocked(path) }
}

/// A file that a leader writes.
private final class FencedFile: OpenFile {
    private let base: any OpenFile
    private let fence: Fence

    init(_ base: any OpenFile, _ fence: Fence) {
        self.base = base
        self.fence = fence
    }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(WeirError) -> Int {
        try base.read(at: offset, into: buffer)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(WeirError) {
        try fence.check()
        try base.write(bytes)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WeirError) {
        try fence.check()
        try base.write(bytes, at: offset)
    }

    func truncate(to length: Int) throws(WeirError) {
        try fence.check()
        try base.truncate(to: length)
    }

    func size() throws(WeirError) -> Int { try base.size() }

    func synchronize() throws(WeirError) {
        try fence.check()
        try base.synchronize()
    }

    func close() { base.close() }
}

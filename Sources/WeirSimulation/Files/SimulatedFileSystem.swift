import WeirCore

/// A disk in memory that forgets what was not synchronised, and fails when it is told to.
///
/// Names and bytes are kept twice: as processes see them, and as they are on the disk. `crash` throws
/// the difference away, in part or whole, as the seed decides: bytes of a file by torn prefixes or by
/// sectors, names by their order or any. Only `synchronize` (bytes) and `synchronizeDirectory`
/// (names) make sure. Relative paths start at `/`.
public final class SimulatedFileSystem: FileSystem, @unchecked Sendable {
    // SAFETY: one thread runs a simulation.

    /// Bytes that fit on the disk; nil: no limit.
    public var capacityBytes: Int? {
        get { shared.capacityBytes }
        set { shared.capacityBytes = newValue }
    }
    /// Operations so far, failed ones included.
    public var operationCount: Int { shared.operationCount }
    /// Whether it works; false from a power cut until `crash`.
    public var isPowered: Bool { shared.isPowered }

    /// What the processes that have this disk share.
    let shared: SimulatedDisk
    var simulation: Simulation { shared.simulation }
    /// Where relative paths start.
    var workingDirectory = "/"
    /// Grows with each end of this process.
    private var ownGeneration = 0
    /// Whether the process has ended for ever: what of it is still on the stack reaches nothing.
    var isShut = false
    /// Locks that this process holds, each with the generation in which it took them.
    private var locked: [(node: Node, generation: Int)] = []

    init(_ shared: SimulatedDisk) { self.shared = shared }

    /// Files opened and locks taken in an earlier generation are gone.
    var generation: Int { ownGeneration + shared.generation }

    // MARK: Faults

    /// Asks for a failure.
    public func inject(_ fault: FileFault) { shared.faults.add(fault) }

    /// Withdraws the failures that have not happened.
    public func removeFaults() { shared.faults.removeAll() }

    /// Lets the power fail during the n-th operation from now, 1 being the next.
    ///
    /// That operation may or may not reach the disk; it and all later ones throw until `crash`.
    public func cutPower(atOperation number: Int) {
        shared.lastOperation = operationCount + number
    }

    /// Comes back after a power cut with what was on the disk; open files and locks are gone, those of
    /// other processes with the same disk as well.
    public func crash() { shared.crash() }

    /// Closes all files and frees all locks of this process, as its end does.
    public func closeAll() {
        for lock in locked where lock.generation == generation { lock.node.lockHolders -= 1 }
        locked.removeAll()
        ownGeneration += 1
    }

    /// Gives up a lock that this process took in a generation.
    func unlock(_ node: Node, takenIn generation: Int) {
        // After the end of the process that took it, the lock may be another's.
        guard generation == self.generation else { return }
        node.lockHolders -= 1
        if let index = locked.firstIndex(where: { $0.node === node }) { locked.remove(at: index) }
    }

    /// Turns one bit of a file over, as a failing disk does; false if there is no such byte.
    @discardableResult
    public func flipBit(_ bit: Int, at offset: Int, of path: String) -> Bool {
        guard let node = find(path), offset < node.content.bytes.count else { return false }
        node.content.flipBit(bit, at: offset)
        return true
    }

    // MARK: Looking, without an operation

    /// The bytes of a file as processes see them; nil if there is none.
    public func peek(_ path: String) -> [UInt8]? {
        guard let node = find(path), !node.isDirectory else { return nil }
        return node.content.bytes
    }

    /// Bytes in all files.
    public var usedBytes: Int { shared.tree.usedBytes() }

    /// The names in a directory, sorted; none if it is not there.
    public func peekNames(_ directory: String) -> [String] {
        find(directory)?.entries.keys.sorted() ?? []
    }

    // MARK: FileSystem

    /// Opens a file.
    public func open(_ path: String, _ mode: FileMode) throws(WeirError) -> any OpenFile {
        try perform(.open, path) { () throws(WeirError) in
            let (directory, name) = try place(path)
            let node: Node
            switch (mode, directory.entries[name]) {
            case (.createNew, .some): throw Self.failure(.fileExists, .open, path, "File exists")
            case (_, .some(let existing)) where existing.isDirectory:
                throw Self.failure(.fileRefused, .open, path, "Is a directory")
            case (.read, nil), (.readWrite, nil): throw Self.missing(.open, path)
            case (.truncate, .some(let existing)):
                existing.content.truncate(to: 0)
                node = existing
            case (_, .some(let existing)): node = existing
            case (_, nil): node = make(name, in: directory, isDirectory: false)
            }
            let start = if case .append = mode { node.content.bytes.count } else { 0 }
            let isReadOnly = if case .read = mode { true } else { false }
            return SimulatedOpenFile(node, path, self, position: start, isReadOnly: isReadOnly)
        }
    }

    /// What a path is, or nil if there is nothing.
    public func status(_ path: String) throws(WeirError) -> FileStatus? {
        try perform(.look, path) { () throws(WeirError) in
            guard let node = find(path) else { return nil }
            return FileStatus(
                size: node.content.bytes.count,
                isDirectory: node.isDirectory,
                modifiedAt: node.modifiedAt,
                inode: node.inode
            )
        }
    }

    /// The names in a directory, sorted.
    public func list(_ directory: String) throws(WeirError) -> [String] {
        try perform(.look, directory) { () throws(WeirError) in
            let node = try existing(directory)
            guard node.isDirectory else {
                throw Self.failure(.fileRefused, .look, directory, "Not a directory")
            }
            return node.entries.keys.sorted()
        }
    }

    /// Makes a directory and those above it.
    public func makeDirectory(_ path: String) throws(WeirError) {
        try perform(.makeDirectory, path) { () throws(WeirError) in
            var directory = shared.tree.root
            for name in names(path) {
                let next = directory.entries[name] ?? make(name, in: directory, isDirectory: true)
                guard next.isDirectory else {
                    throw Self.failure(.fileExists, .makeDirectory, path, "File exists")
                }
                directory = next
            }
        }
    }

    /// Gives a file a second name.
    public func link(_ source: String, _ target: String) throws(WeirError) {
        try perform(.link, target) { () throws(WeirError) in
            let node = try existing(source)
            let (directory, name) = try place(target)
            guard directory.entries[name] == nil else {
                throw Self.failure(.fileExists, .link, target, "File exists")
            }
            guard !node.isDirectory else {
                throw Self.failure(.fileFailed, .link, source, "Is a directory")
            }
            shared.tree.enter(node, name, in: directory)
        }
    }

    /// Renames, replacing what was there.
    public func rename(_ source: String, _ target: String) throws(WeirError) {
        try perform(.rename, target) { () throws(WeirError) in
            let (sourceDirectory, sourceName) = try place(source)
            let (targetDirectory, targetName) = try place(target)
            guard let node = sourceDirectory.entries[sourceName] else {
                throw Self.missing(.rename, source)
            }
            let replaced = targetDirectory.entries[targetName]
            if replaced === node { return }
            guard !names(target).starts(with: names(source)) else {
                throw Self.failure(.fileFailed, .rename, target, "A directory cannot enter itself")
            }
            if let replaced {
                let isAbove = names(source).starts(with: names(target))
                guard isAbove || replaced.isDirectory == node.isDirectory else {
                    throw Self.failure(.fileRefused, .rename, target, "Another kind of file")
                }
                guard replaced.entries.isEmpty else {
                    throw Self.failure(.fileFailed, .rename, target, "Directory not empty")
                }
            }
            shared.tree.move(node, sourceName, of: sourceDirectory, to: targetDirectory, targetName)
        }
    }

    /// Removes a file or an empty directory; false if it was not there.
    @discardableResult
    public func remove(_ path: String) throws(WeirError) -> Bool {
        try perform(.remove, path) { () throws(WeirError) in
            guard let node = find(path) else { return false }
            let (directory, name) = try place(path)
            guard node.entries.isEmpty else {
                throw Self.failure(.fileFailed, .remove, path, "Directory not empty")
            }
            shared.tree.leave(name, of: directory)
            return true
        }
    }

    /// Sets who may do what with a file; nobody is refused anything here.
    public func setPermissions(
        _ path: String,
        _ permissions: FilePermissions
    ) throws(WeirError) {
        try perform(.setPermissions, path) { () throws(WeirError) in
            try existing(path).permissions = permissions
        }
    }

    /// Who may do what with a file, as it was set; nil: as files are made, or there is none.
    public func permissions(of path: String) -> FilePermissions? { find(path)?.permissions }

    /// Makes sure that a directory's names survive a power cut.
    public func synchronizeDirectory(_ path: String) throws(WeirError) {
        try perform(.synchronizeDirectory, path) { () throws(WeirError) in
            let node = try existing(path)
            guard node.isDirectory else {
                throw Self.failure(.fileRefused, .synchronizeDirectory, path, "Not a directory")
            }
            shared.tree.synchronize(node)
        }
    }

    /// Takes a lock until its release, `closeAll` or `crash`; nil if it is held.
    public func lock(
        _ path: String,
        _ kind: FileLockKind
    ) throws(WeirError) -> (any FileLock)? {
        try perform(.lock, path) { () throws(WeirError) in
            let (directory, name) = try place(path)
            let node = directory.entries[name] ?? make(name, in: directory, isDirectory: false)
            if node.lockHolders > 0, kind == .exclusive || node.isLockExclusive { return nil }
            node.lockHolders += 1
            node.isLockExclusive = kind == .exclusive
            locked.append((node, generation))
            return SimulatedFileLock(node, self)
        }
    }

    /// Whether a lock is held.
    public func isLocked(_ path: String) throws(WeirError) -> Bool {
        try perform(.lock, path) { () throws(WeirError) in
            let (directory, name) = try place(path)
            return (directory.entries[name]?.lockHolders ?? 0) > 0
        }
    }

    // MARK: What open files need

    /// Does an operation, unless the disk is off or shall fail.
    func perform<Result>(
        _ operation: FileOperation,
        _ path: String,
        _ body: () throws(WeirError) -> Result
    ) throws(WeirError) -> Result {
        simulation.record(.file, operation.rawValue + " " + path)
        if path.utf8.contains(0) {
            throw Self.failure(.fileFailed, operation, path, "Invalid argument")
        }
        if isShut { throw Self.failure(.fileFailed, operation, path, "The process has ended") }
        guard isPowered else {
            throw Self.failure(.fileFailed, operation, path, "The power is off")
        }
        let isLast = shared.beginOperation()
        let isPromise = operation == .synchronize || operation == .synchronizeDirectory
        if !(isLast && isPromise) {
            if let code = shared.faults.failure(of: operation, path) {
                throw Self.failure(code, operation, path, "Injected by the simulation")
            }
            let result = try body()
            if !isLast { return result }
        }
        throw Self.failure(.fileFailed, operation, path, "The power went off")
    }

    /// How many of `count` more bytes fit.
    func room(for count: Int) -> Int { shared.room(for: count) }

    var wallMilliseconds: Int64 { simulation.now / 1_000_000 + simulation.wallOffset }

    static func failure(
        _ code: ErrorCode,
        _ operation: FileOperation,
        _ path: String,
        _ reason: String
    ) -> WeirError {
        WeirError(code, "\(operation.rawValue) of \(path) failed", reason: reason)
    }

    // MARK: Names

    private static func missing(_ operation: FileOperation, _ path: String) -> WeirError {
        failure(.fileMissing, operation, path, "No such file or directory")
    }

    /// What paths consist of, by path; kept because the same ones come again and again.
    private var knownNames: [String: [String]] = [:]
    private static let mostKnownNames = 4096

    private func names(_ path: String) -> [String] {
        guard path.hasPrefix("/") else { return split(path) }
        if let known = knownNames[path] { return known }
        if knownNames.count >= Self.mostKnownNames { knownNames.removeAll() }
        let names = split(path)
        knownNames[path] = names
        return names
    }

    private func split(_ path: String) -> [String] {
        let whole = path.hasPrefix("/") ? path : workingDirectory + "/" + path
        var names: [String] = []
        for part in whole.split(separator: "/") where part != "." {
            if part == ".." { _ = names.popLast() } else { names.append(String(part)) }
        }
        return names
    }

    private func find(_ path: String) -> Node? {
        var node = shared.tree.root
        for name in names(path) {
            guard let next = node.entries[name] else { return nil }
            node = next
        }
        return node
    }

    /// The node at a path, which must be there.
    private func existing(_ path: String) throws(WeirError) -> Node {
        var node = shared.tree.root
        for name in names(path) {
            guard node.isDirectory else {
                throw Self.failure(.fileRefused, .look, path, "Not a directory")
            }
            guard let next = node.entries[name] else { throw Self.missing(.look, path) }
            node = next
        }
        return node
    }

    /// The directory of a path, which must exist, and the name in it.
    private func place(_ path: String) throws(WeirError) -> (Node, String) {
        var names = names(path)
        guard let name = names.popLast() else {
            throw Self.failure(.fileFailed, .look, path, "Is the root directory")
        }
        let directory = try existing("/" + names.joined(separator: "/"))
        guard directory.isDirectory else {
            throw Self.failure(.fileRefused, .look, path, "Not a directory")
        }
        return (directory, name)
    }

    private func make(_ name: String, in directory: Node, isDirectory: Bool) -> Node {
        let node = shared.tree.makeNode(isDirectory: isDirectory, modifiedAt: wallMilliseconds)
        shared.tree.enter(node, name, in: directory)
        return node
    }
}

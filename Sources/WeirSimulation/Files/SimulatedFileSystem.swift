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
    public var capacityBytes: Int?
    /// Operations so far, failed ones included.
    public private(set) var operationCount = 0
    /// Whether it works; false from a power cut until `crash`.
    public private(set) var isPowered = true

    let simulation: Simulation
    /// Files opened in an earlier generation are closed.
    private(set) var generation = 0
    private var lastOperation: Int?
    private var faults = FileFaults()
    private var tree: DirectoryTree

    init(_ simulation: Simulation) {
        self.simulation = simulation
        tree = DirectoryTree(modifiedAt: 0)
    }

    // MARK: Faults

    /// Asks for a failure.
    public func inject(_ fault: FileFault) { faults.add(fault) }

    /// Withdraws the failures that have not happened.
    public func removeFaults() { faults.removeAll() }

    /// Lets the power fail during the n-th operation from now, 1 being the next.
    ///
    /// That operation may or may not reach the disk; it and all later ones throw until `crash`.
    public func cutPower(atOperation number: Int) { lastOperation = operationCount + number }

    /// Comes back after a power cut with what was on the disk; open files and locks are gone.
    public func crash() {
        simulation.record(.crash, 2)
        closeAll()
        tree.crash(simulation)
        isPowered = true
        lastOperation = nil
    }

    /// Closes all files and frees all locks, as the end of a process does.
    public func closeAll() {
        generation += 1
        tree.unlockAll()
    }

    /// Turns one bit of a file over, as a failing disk does; false if there is no such byte.
    @discardableResult
    public func flipBit(_ bit: Int, at offset: Int, of path: String) -> Bool {
        guard let node = find(path), offset < node.content.bytes.count else { return false }
        node.content.flipBit(bit, at: offset)
        return true
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
            var directory = tree.root
            for name in Self.names(path) {
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
            tree.enter(node, name, in: directory)
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
            guard !Self.names(target).starts(with: Self.names(source)) else {
                throw Self.failure(.fileFailed, .rename, target, "A directory cannot enter itself")
            }
            if let replaced {
                let isAbove = Self.names(source).starts(with: Self.names(target))
                guard isAbove || replaced.isDirectory == node.isDirectory else {
                    throw Self.failure(.fileRefused, .rename, target, "Another kind of file")
                }
                guard replaced.entries.isEmpty else {
                    throw Self.failure(.fileFailed, .rename, target, "Directory not empty")
                }
            }
            tree.move(node, sourceName, of: sourceDirectory, to: targetDirectory, targetName)
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
            tree.leave(name, of: directory)
            return true
        }
    }

    /// Makes sure that a directory's names survive a power cut.
    public func synchronizeDirectory(_ path: String) throws(WeirError) {
        try perform(.synchronizeDirectory, path) { () throws(WeirError) in
            let node = try existing(path)
            guard node.isDirectory else {
                throw Self.failure(.fileRefused, .synchronizeDirectory, path, "Not a directory")
            }
            tree.synchronize(node)
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
        guard isPowered else {
            throw Self.failure(.fileFailed, operation, path, "The power is off")
        }
        operationCount += 1
        let isLast = operationCount == lastOperation
        if isLast { isPowered = false }
        let isPromise = operation == .synchronize || operation == .synchronizeDirectory
        if !(isLast && isPromise) {
            if let code = faults.failure(of: operation, path) {
                throw Self.failure(code, operation, path, "Injected by the simulation")
            }
            let result = try body()
            if !isLast { return result }
        }
        throw Self.failure(.fileFailed, operation, path, "The power went off")
    }

    /// How many of `count` more bytes fit.
    func room(for count: Int) -> Int {
        guard let capacityBytes else { return count }
        return max(0, min(count, capacityBytes - tree.usedBytes()))
    }

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

    private static func names(_ path: String) -> [String] {
        var names: [String] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = names.popLast() } else { names.append(String(part)) }
        }
        return names
    }

    private func find(_ path: String) -> Node? {
        var node = tree.root
        for name in Self.names(path) {
            guard let next = node.entries[name] else { return nil }
            node = next
        }
        return node
    }

    /// The node at a path, which must be there.
    private func existing(_ path: String) throws(WeirError) -> Node {
        var node = tree.root
        for name in Self.names(path) {
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
        var names = Self.names(path)
        guard let name = names.popLast() else {
            throw Self.failure(.fileFailed, .look, path, "Is the root directory")
        }
        let directory = try existing(names.joined(separator: "/"))
        guard directory.isDirectory else {
            throw Self.failure(.fileRefused, .look, path, "Not a directory")
        }
        return (directory, name)
    }

    private func make(_ name: String, in directory: Node, isDirectory: Bool) -> Node {
        let node = tree.makeNode(isDirectory: isDirectory, modifiedAt: wallMilliseconds)
        tree.enter(node, name, in: directory)
        return node
    }
}

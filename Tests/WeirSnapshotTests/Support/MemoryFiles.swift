import WeirCore

// SAFETY: each test makes its own and uses it from one thread.
/// A disk in memory for tests, which can fail at its n-th changing call.
///
/// Single-threaded use only: each test makes its own.
final class MemoryFiles: FileSystem, @unchecked Sendable {
    final class Node {
        var bytes: [UInt8] = []
        let inode: UInt64
        init(inode: UInt64) { self.inode = inode }
    }

    var nodes: [String: Node] = [:]
    var directories: Set<String> = ["."]
    /// Changing calls left before every further one fails; nil: none fails.
    var callsBeforeFailure: Int?
    /// Changing calls so far.
    var changes = 0
    /// Whether `link` fails as it does across file systems.
    var refusesLinks = false
    /// Whether writing fails as it does on a full disk.
    var refusesWrites = false
    /// Called before a link is made.
    var onLink: ((MemoryFiles) -> Void)?
    private var inodes: UInt64 = 0

    func change(_ what: String) throws(WeirError) {
        changes += 1
        if let left = callsBeforeFailure {
            guard left > 0 else { throw WeirError(.diskFull, "\(what): no space left.") }
            callsBeforeFailure = left - 1
        }
    }

    func open(_ path: String, _ mode: FileMode) throws(WeirError) -> any OpenFile {
        switch mode {
        case .read, .readWrite, .append:
            if let node = nodes[path] { return MemoryFile(node, self) }
            if mode == .append { return MemoryFile(try make(path), self) }
            throw WeirError(.fileMissing, "\(path) does not exist.")
        case .createNew:
            if nodes[path] != nil { throw WeirError(.fileExists, "\(path) exists.") }
            return MemoryFile(try make(path), self)
        case .truncate:
            return MemoryFile(try make(path), self)
        }
    }

    private func make(_ path: String) throws(WeirError) -> Node {
        guard directories.contains(directory(of: path)) else {
            throw WeirError(.fileMissing, "\(directory(of: path)) does not exist.")
        }
        try change("create \(path)")
        inodes += 1
        let node = Node(inode: inodes)
        nodes[path] = node
        return node
    }

    func status(_ path: String) throws(WeirError) -> FileStatus? {
        if let node = nodes[path] {
            return FileStatus(
                size: node.bytes.count,
                isDirectory: false,
                modifiedAt: 0,
                inode: node.inode
            )
        }
        guard directories.contains(path) else { return nil }
        return FileStatus(size: 0, isDirectory: true, modifiedAt: 0, inode: 0)
    }

    func list(_ path: String) throws(WeirError) -> [String] {
        guard directories.contains(path) else {
            throw WeirError(.fileMissing, "\(path) does not exist.")
        }
        let all = Array(nodes.keys) + Array(directories)
        return all.filter { $0 != path && directory(of: $0) == path }
            .map { path == "." ? $0 : String($0.dropFirst(path.count + 1)) }.sorted()
    }

    func makeDirectory(_ path: String) throws(WeirError) {
        if directories.contains(path) || path.isEmpty || path == "/" { return }
        if directory(of: path) != path { try makeDirectory(directory(of: path)) }
        try change("mkdir \(path)")
        directories.insert(path)
    }

    func link(_ source: String, _ target: String) throws(WeirError) {
        guard let node = nodes[source] else {
            throw WeirError(.fileMissing, "\(source) does not exist.")
        }
        onLink?(self)
        guard directories.contains(directory(of: target)) else {
            throw WeirError(.fileMissing, "\(directory(of: target)) does not exist.")
        }
        if nodes[target] != nil { throw WeirError(.fileExists, "\(target) exists.") }
        if refusesLinks { throw WeirError(.fileFailed, "link: another file system.") }
        try change("link \(target)")
        nodes[target] = node
    }

    func rename(_ source: String, _ target: String) throws(WeirError) {
        guard let node = nodes[source] else {
            throw WeirError(.fileMissing, "\(source) does not exist.")
        }
        try change("rename \(target)")
        nodes[source] = nil
        nodes[target] = node
    }

    func remove(_ path: String) throws(WeirError) -> Bool {
        guard try status(path) != nil else { return false }
        try change("remove \(path)")
        nodes[path] = nil
        if directories.contains(path) {
            guard try list(path).isEmpty else { throw WeirError(.fileFailed, "not empty: \(path)") }
            directories.remove(path)
        }
        return true
    }

    func setPermissions(_ path: String, _ permissions: FilePermissions) throws(WeirError) {
        try change("chmod \(path)")
    }

    func synchronizeDirectory(_ path: String) throws(WeirError) { try change("fsync \(path)") }

    func lock(_ path: String, _ kind: FileLockKind) throws(WeirError) -> (any FileLock)? { nil }

    func isLocked(_ path: String) throws(WeirError) -> Bool { false }
}

/// A file of `MemoryFiles`.
private final class MemoryFile: OpenFile {
    let node: MemoryFiles.Node
    let files: MemoryFiles

    init(_ node: MemoryFiles.Node, _ files: MemoryFiles) {
        self.node = node
        self.files = files
    }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(WeirError) -> Int {
        guard offset < node.bytes.count else { return 0 }
        let count = min(buffer.count, node.bytes.count - offset)
        buffer.copyBytes(from: node.bytes[offset..<offset + count])
        return count
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(WeirError) {
        if files.refusesWrites { throw WeirError(.diskFull, "no space left.") }
        try files.change("write")
        node.bytes.append(contentsOf: bytes)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WeirError) {
        try files.change("write")
        if node.bytes.count < offset + bytes.count {
            node.bytes += [UInt8](repeating: 0, count: offset + bytes.count - node.bytes.count)
        }
        node.bytes.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    func truncate(to length: Int) throws(WeirError) {
        try files.change("truncate")
        node.bytes.removeLast(max(0, node.bytes.count - length))
    }

    func size() throws(WeirError) -> Int { node.bytes.count }
    func synchronize() throws(WeirError) { try files.change("fsync") }
    func close() {}
}

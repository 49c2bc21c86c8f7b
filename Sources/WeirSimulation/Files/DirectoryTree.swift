import WeirCore

/// A file or directory of the simulated disk.
final class Node {
    let inode: UInt64
    let isDirectory: Bool
    var content = FileContent()
    /// Names as processes see them.
    var entries: [String: Node] = [:]
    /// Names as the disk would keep them.
    var durableEntries: [String: Node] = [:]
    /// Milliseconds since the epoch.
    var modifiedAt: Int64
    /// Who may do what with it; nil: as files are made.
    var permissions: FilePermissions?
    /// Changes of names in it that may not be on the disk, by number, oldest first.
    var unsynchronized: [Int] = []
    /// How many hold a lock on it.
    var lockHolders = 0
    /// Whether the one who holds it keeps all others out.
    var isLockExclusive = false

    init(inode: UInt64, isDirectory: Bool, modifiedAt: Int64) {
        self.inode = inode
        self.isDirectory = isDirectory
        self.modifiedAt = modifiedAt
    }
}

/// The names of the simulated disk, with those changes of names that have not reached it.
struct DirectoryTree {
    private enum Change {
        case enter(Node, String, Node)
        case leave(Node, String)
        case move(Node, from: Node, String, to: Node, String)
    }

    let root: Node
    private var lastInode: UInt64 = 1
    /// Changes that are not on the disk, by number; a later one has a higher number.
    private var pending: [Int: Change] = [:]
    private var lastChange = 0

    init(modifiedAt: Int64) { root = Node(inode: 1, isDirectory: true, modifiedAt: modifiedAt) }

    mutating func makeNode(isDirectory: Bool, modifiedAt: Int64) -> Node {
        lastInode += 1
        return Node(inode: lastInode, isDirectory: isDirectory, modifiedAt: modifiedAt)
    }

    mutating func enter(_ node: Node, _ name: String, in directory: Node) {
        perform(.enter(directory, name, node))
    }

    mutating func leave(_ name: String, of directory: Node) { perform(.leave(directory, name)) }

    mutating func move(
        _ node: Node,
        _ name: String,
        of directory: Node,
        to target: Node,
        _ newName: String
    ) {
        perform(.move(node, from: directory, name, to: target, newName))
    }

    /// The disk keeps the names of one directory from now on.
    mutating func synchronize(_ directory: Node) {
        for number in directory.unsynchronized {
            // One that moved a name between two directories may have come with the other one.
            guard let change = pending.removeValue(forKey: number) else { continue }
            Self.apply(change, to: \.durableEntries)
        }
        directory.unsynchronized.removeAll(keepingCapacity: true)
    }

    /// What a power cut leaves: no, all, the first, or any of the changes that were not on the disk;
    /// then each file that still has a name loses its own part.
    mutating func crash(_ simulation: Simulation) {
        let mode = simulation.choose(below: 4)
        let kept = simulation.choose(below: pending.count + 1)
        let changes = pending.sorted { $0.key < $1.key }
        for (index, (_, change)) in changes.enumerated() {
            for directory in Self.directories(of: change) { directory.unsynchronized.removeAll() }
            let survives =
                switch mode {
                case 0: false
                case 1: true
                case 2: index < kept
                default: simulation.coin()
                }
            if survives { Self.apply(change, to: \.durableEntries) }
        }
        pending.removeAll()
        var seen: Set<UInt64> = []
        visit(root) { node in
            guard seen.insert(node.inode).inserted else { return false }
            node.entries = node.durableEntries
            if !node.isDirectory { node.content.crash(simulation) }
            return true
        }
    }

    /// Bytes in all files, each counted once.
    func usedBytes() -> Int {
        var seen: Set<UInt64> = []
        var sum = 0
        visit(root) { node in
            guard seen.insert(node.inode).inserted else { return false }
            sum += node.content.bytes.count
            return true
        }
        return sum
    }

    func unlockAll() {
        visit(root) { node in
            node.lockHolders = 0
            return true
        }
    }

    /// Calls `body` for each node from the root on, by the order of names; it says whether to go
    /// into the node. (A `Dictionary`'s own order differs from process to process.)
    private func visit(_ node: Node, _ body: (Node) -> Bool) {
        guard body(node) else { return }
        for name in node.entries.keys.sorted() {
            if let child = node.entries[name] { visit(child, body) }
        }
    }

    private mutating func perform(_ change: Change) {
        Self.apply(change, to: \.entries)
        lastChange += 1
        pending[lastChange] = change
        for directory in Self.directories(of: change) {
            directory.unsynchronized.append(lastChange)
        }
    }

    private static func directories(of change: Change) -> [Node] {
        switch change {
        case .enter(let changed, _, _), .leave(let changed, _): [changed]
        case .move(_, let source, _, let target, _):
            source === target ? [source] : [source, target]
        }
    }

    private static func apply(
        _ change: Change,
        to entries: ReferenceWritableKeyPath<Node, [String: Node]>
    ) {
        switch change {
        case .enter(let directory, let name, let node): directory[keyPath: entries][name] = node
        case .leave(let directory, let name): directory[keyPath: entries][name] = nil
        case .move(let node, let source, let name, let target, let newName):
            if source[keyPath: entries][name] === node { source[keyPath: entries][name] = nil }
            target[keyPath: entries][newName] = node
        }
    }
}

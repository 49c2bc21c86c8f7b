import WeirCore

/// A file of the simulated disk, opened by the simulated process.
final class SimulatedOpenFile: OpenFile {
    private let node: Node
    private let path: String
    private let disk: SimulatedFileSystem
    private let generation: Int
    private let isReadOnly: Bool
    private var position: Int
    private var isOpen = true
    /// A failed synchronisation stays failed, as in the real world.
    private var synchronizeFailure: WeirError?

    init(
        _ node: Node,
        _ path: String,
        _ disk: SimulatedFileSystem,
        position: Int,
        isReadOnly: Bool
    ) {
        self.node = node
        self.path = path
        self.disk = disk
        self.position = position
        self.isReadOnly = isReadOnly
        generation = disk.generation
    }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(WeirError) -> Int {
        try perform(.read) { () throws(WeirError) in
            guard offset >= 0 else { throw invalid(.read, "Invalid argument") }
            guard offset < node.content.bytes.count else { return 0 }
            let part = node.content.bytes[offset...].prefix(buffer.count)
            buffer.copyBytes(from: part)
            return part.count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(WeirError) {
        try write(bytes, at: position)
        position += bytes.count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WeirError) {
        disk.simulation.record(.file, bytes)
        try perform(.write) { () throws(WeirError) in
            try refuseReadOnly(.write)
            guard offset >= 0 else { throw invalid(.write, "Invalid argument") }
            let growth = max(0, offset + bytes.count - node.content.bytes.count)
            let missing = growth - disk.room(for: growth)
            // A full disk takes what fits before it says so.
            let part = UnsafeRawBufferPointer(rebasing: bytes.prefix(max(0, bytes.count - missing)))
            node.content.write(part, at: offset)
            node.modifiedAt = disk.wallMilliseconds
            if missing > 0 {
                throw SimulatedFileSystem.failure(.diskFull, .write, path, "No space left")
            }
        }
    }

    func truncate(to length: Int) throws(WeirError) {
        try perform(.truncate) { () throws(WeirError) in
            try refuseReadOnly(.truncate)
            guard length >= 0 else { throw invalid(.truncate, "Invalid argument") }
            node.content.truncate(to: length)
            node.modifiedAt = disk.wallMilliseconds
        }
        position = min(position, length)
    }

    func size() throws(WeirError) -> Int {
        try perform(.look) { () throws(WeirError) in node.content.bytes.count }
    }

    func synchronize() throws(WeirError) {
        if let synchronizeFailure { throw synchronizeFailure }
        do throws(WeirError) {
            try perform(.synchronize) { () throws(WeirError) in node.content.synchronize() }
        } catch {
            synchronizeFailure = error
            if disk.isPowered && isUsable { node.content.forgetPending() }
            throw error
        }
    }

    func close() { isOpen = false }

    private var isUsable: Bool { isOpen && generation == disk.generation }

    private func perform<Result>(
        _ operation: FileOperation,
        _ body: () throws(WeirError) -> Result
    ) throws(WeirError) -> Result {
        guard isUsable else { throw invalid(operation, "The file is closed") }
        return try disk.perform(operation, path, body)
    }

    private func refuseReadOnly(_ operation: FileOperation) throws(WeirError) {
        if isReadOnly { throw invalid(operation, "The file is open for reading only") }
    }

    private func invalid(_ operation: FileOperation, _ reason: String) -> WeirError {
        SimulatedFileSystem.failure(.fileFailed, operation, path, reason)
    }
}

/// A lock on a file of the simulated disk.
// SAFETY: one thread runs a simulation.
final class SimulatedFileLock: FileLock, @unchecked Sendable {
    private let node: Node
    private let disk: SimulatedFileSystem
    private let generation: Int
    private var isHeld = true

    init(_ node: Node, _ disk: SimulatedFileSystem) {
        self.node = node
        self.disk = disk
        generation = disk.generation
    }

    deinit { release() }

    func release() {
        if isHeld { disk.unlock(node, takenIn: generation) }
        isHeld = false
    }
}

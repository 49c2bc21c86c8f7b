/// How a file is opened.
public enum FileMode: Sendable {
    /// Reading an existing file.
    case read
    /// Writing a new file; an existing one is an error (`fileExists`).
    case createNew
    /// Writing from the start; an existing file is emptied.
    case truncate
    /// Writing at the end; made if missing.
    case append
    /// Reading and writing an existing file in place.
    case readWrite
}

/// Who may do what with a file.
public enum FilePermissions: Sendable, Equatable {
    /// This user reads and writes it, nobody else does either: for secrets.
    case ownerOnly
    /// Everyone reads it and runs it as a program; this user writes it.
    case executable
}

/// What is known of a path.
public struct FileStatus: Sendable, Equatable {
    /// Bytes.
    public let size: Int
    /// Whether it is a directory.
    public let isDirectory: Bool
    /// Milliseconds since the epoch of the last change.
    public let modifiedAt: Int64
    /// Identifies the file on its disk while it exists, whatever its name.
    public let inode: UInt64
    /// Identifies the disk among those of the machine.
    public let device: UInt64

    /// Wraps the facts.
    public init(
        size: Int,
        isDirectory: Bool,
        modifiedAt: Int64,
        inode: UInt64,
        device: UInt64 = 0
    ) {
        self.size = size
        self.isDirectory = isDirectory
        self.modifiedAt = modifiedAt
        self.inode = inode
        self.device = device
    }

    /// Whether two paths led to one file or directory.
    public func isSameFile(as other: FileStatus) -> Bool {
        inode == other.inode && device == other.device
    }
}

/// An open file.
///
/// One thread at a time.
public protocol OpenFile: AnyObject {
    /// Reads at `offset` into `buffer`, as much as there is; 0 at the end. Short reads are retried.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(WeirError) -> Int
    /// Writes all bytes at the file's end (or, with `readWrite`, at the position after the last).
    func write(_ bytes: UnsafeRawBufferPointer) throws(WeirError)
    /// Writes all bytes at an offset.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(WeirError)
    /// Cuts the file to a length.
    func truncate(to length: Int) throws(WeirError)
    /// Bytes in the file now.
    func size() throws(WeirError) -> Int
    /// Waits until the bytes are on the disk. A failure is final: the file must not be trusted.
    func synchronize() throws(WeirError)
    /// Closes it; further calls are errors. Closing twice is harmless.
    func close()
}

/// The disk.
///
/// Paths are plain strings; relative ones start at the process's directory.
///
/// Every error is `fileFailed`, `fileMissing`, `fileRefused`, `fileExists` or `diskFull`, with path
/// and reason.
public protocol FileSystem: Sendable {
    /// Opens a file.
    func open(_ path: String, _ mode: FileMode) throws(WeirError) -> any OpenFile
    /// What a path is, or nil if there is nothing.
    func status(_ path: String) throws(WeirError) -> FileStatus?
    /// The names in a directory, sorted, without `.` and `..`.
    func list(_ directory: String) throws(WeirError) -> [String]
    /// Makes a directory and those above it; an existing one is fine.
    func makeDirectory(_ path: String) throws(WeirError)
    /// Gives `source` a second name. `fileExists` if the name is taken.
    func link(_ source: String, _ target: String) throws(WeirError)
    /// Renames, replacing what was there.
    func rename(_ source: String, _ target: String) throws(WeirError)
    /// Removes a file or an empty directory; false if it was not there.
    @discardableResult
    func remove(_ path: String) throws(WeirError) -> Bool
    /// Sets who may do what with a file.
    func setPermissions(_ path: String, _ permissions: FilePermissions) throws(WeirError)
    /// Waits until a directory's entries are on the disk.
    func synchronizeDirectory(_ path: String) throws(WeirError)
    /// Takes a lock on a file (made if missing) until `release` or the process's end.
    ///
    /// Nil if somebody holds it, in this process or another; shared ones only exclude exclusive ones.
    func lock(_ path: String, _ kind: FileLockKind) throws(WeirError) -> (any FileLock)?
    /// Whether somebody holds a lock on a file, in this process or another; false if it is missing.
    func isLocked(_ path: String) throws(WeirError) -> Bool
}

/// Whom a lock on a file keeps out.
public enum FileLockKind: Sendable {
    /// All others.
    case exclusive
    /// Those who want it exclusively.
    case shared
}

/// A lock held on a file.
public protocol FileLock: AnyObject, Sendable {
    /// Gives it up.
    func release()
}

extension FileSystem {
    /// The whole content of a file, `limit` bytes at most.
    ///
    /// - Throws: `fileMissing`, `fileFailed`; `badValue` if it is larger than `limit`.
    public func readAll(_ path: String, limit: Int = 1 << 30) throws(WeirError) -> [UInt8] {
        let file = try open(path, .read)
        defer { file.close() }
        let size = try file.size()
        guard size <= limit else {
            throw WeirError(
                .badValue,
                "\(path) has \(size) bytes, more than the \(limit) allowed here."
            )
        }
        var bytes = [UInt8](repeating: 0, count: size)
        var filled = 0
        while filled < size {
            var failure: WeirError?
            let count = bytes.withUnsafeMutableBytes { buffer -> Int in
                do throws(WeirError) {
                    return try file.read(
                        at: filled,
                        into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
                    )
                } catch {
                    failure = error
                    return 0
                }
            }
            if let failure { throw failure }
            if count == 0 { break }
            filled += count
        }
        bytes.removeLast(size - filled)
        return bytes
    }

    /// Writes a file as a whole and waits for the disk; replaces atomically by rename.
    ///
    /// Until then it is `temporary`; nil: a file beside it.
    public func replaceAll(
        _ path: String,
        with bytes: [UInt8],
        through temporary: String? = nil
    ) throws(WeirError) {
        let temporary = temporary ?? path + ".tmp"
        let file = try open(temporary, .truncate)
        defer { file.close() }
        var failure: WeirError?
        bytes.withUnsafeBytes { buffer in
            do throws(WeirError) { try file.write(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        try file.synchronize()
        try rename(temporary, path)
        try synchronizeDirectory(directory(of: path))
    }

    /// The directory part of a path; `.` if there is none.
    public func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Removes a directory with all that is in it; nothing happens if it is not there.
    public func removeTree(_ path: String) throws(WeirError) {
        guard let status = try status(path) else { return }
        if status.isDirectory {
            for name in try list(path) { try removeTree(path + "/" + name) }
        }
        try remove(path)
    }
}

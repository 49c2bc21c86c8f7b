import CWeirIntrinsics
import WeirCore

/// A `FileStore` in a directory of a local disk.
///
/// A file is written under `.writing/`, synchronised, linked to its name, and the directory is
/// synchronised: a crash leaves the whole file or nothing under the name. What a crash leaves in
/// `.writing/` is removed by `removeUnfinished`.
public struct LocalFileStore: FileStore {
    /// The directory.
    public let directory: String
    private let world: any World
    private let durable = DurableDirectories()
    private var files: any FileSystem { world.files }
    /// Where files are written before they have their names.
    private let writing: String

    /// A store in a directory, which is made when the first file is put.
    ///
    /// Files are written in `writing`, on the same disk, before they have their names; nil: in the
    /// directory itself, where `removeUnfinished` finds them.
    public init(world: any World, directory: String, writing: String? = nil) {
        self.world = world
        self.directory = directory
        self.writing = writing ?? directory + "/.writing"
    }

    /// The path of a file of this store.
    public func path(of name: String) -> String { directory + "/" + name }

    /// The path, as errors name it.
    public func place(of name: String) -> String { path(of: name) }

    /// Removes files that a crashed process began, and directories without a file; only while no other
    /// process writes.
    public func removeUnfinished() throws(WeirError) {
        guard try files.status(directory) != nil else { return }
        if try files.status(writing) != nil {
            for name in try files.list(writing) { try files.remove(writing + "/" + name) }
        }
        for name in try files.list(directory) where StoreName.isValid(name) {
            guard try files.status(path(of: name))?.isDirectory == true else { continue }
            _ = try removeIfEmpty(path(of: name))
        }
    }

    /// Writes the blocks aside, synchronises, links, synchronises the directory.
    public func putIfAbsent(
        _ name: String,
        _ blocks: [UnsafeRawBufferPointer]
    ) throws(WeirError) -> StoredFile {
        try put(name) { (file) throws(WeirError) in
            var size = 0
            var checksum: UInt32 = 0
            for block in blocks {
                try file.write(block)
                checksum = weir_crc32c(checksum, block.baseAddress, block.count)
                size += block.count
            }
            return StoredFile(size: size, checksum: checksum)
        }
    }

    /// Links a finished local file, or copies it if the disk cannot link.
    public func putIfAbsent(
        _ name: String,
        linking localPath: String
    ) throws(WeirError) -> StoredFile {
        let file = try files.open(localPath, .read)
        defer { file.close() }
        try file.synchronize()
        let source = LocalFileReader(file: file)
        let stored = try source.forEachChunk { (_) throws(WeirError) in }
        do throws(WeirError) {
            try preparing(name) { () throws(WeirError) in try link(localPath, name) }
        } catch let error where error.code == .fileFailed {
            // With its name it was linked, and what failed is to make that last.
            if try files.status(path(of: name)) != nil { throw error }
            // Another file system, or one without links: the bytes are copied.
            return try put(name) { (file) throws(WeirError) in try copy(source, to: file) }
        }
        return stored
    }

    /// Copies an open file of this or another store.
    public func putIfAbsent(
        _ name: String,
        copying source: any StoredFileReader
    ) throws(WeirError) -> StoredFile {
        try put(name) { (file) throws(WeirError) in try copy(source, to: file) }
    }

    /// Links a file to a new local path, or copies it if the disk cannot link.
    public func fetch(_ name: String, to localPath: String) throws(WeirError) {
        do throws(WeirError) {
            try files.link(path(of: name), localPath)
            return
        } catch let error where error.code == .fileMissing {
            throw missing(name)
        } catch let error where error.code == .fileFailed {
            // Copied below.
        }
        let source = try open(name)
        defer { source.close() }
        let target = try files.open(localPath, .createNew)
        defer { target.close() }
        _ = try copy(source, to: target)
    }

    /// Opens a file for reading ranges of it.
    public func open(_ name: String) throws(WeirError) -> any StoredFileReader {
        LocalFileReader(file: try openFile(name))
    }

    /// The names that start with `prefix`, sorted; a walk over the directories below.
    public func list(prefix: String) throws(WeirError) -> [String] {
        guard prefix.isEmpty || StoreName.isValid(prefix) || StoreName.isValid(prefix + "x") else {
            return []
        }
        let parent = prefix.lastIndex(of: "/").map { String(prefix[..<$0]) } ?? ""
        var names: [String] = []
        try collect(parent, into: &names)
        return names.filter { $0.hasPrefix(prefix) }.sorted()
    }

    /// Bytes of a file, or nil if there is none of this name.
    public func size(_ name: String) throws(WeirError) -> Int? {
        guard StoreName.isValid(name), let status = try files.status(path(of: name)),
            !status.isDirectory
        else { return nil }
        return status.size
    }

    /// Deletes files, and directories that become empty, and synchronises.
    public func delete(_ names: [String]) throws(WeirError) {
        var directories: Set<String> = []
        for name in names where StoreName.isValid(name) {
            if try files.remove(path(of: name)) {
                directories.insert(files.directory(of: path(of: name)))
            }
        }
        for place in directories.sorted() {
            let isGone = place == directory ? false : try removeIfEmpty(place)
            try files.synchronizeDirectory(isGone ? files.directory(of: place) : place)
        }
    }
}

extension LocalFileStore {
    /// Writes a file aside and links it to its name.
    private func put(
        _ name: String,
        _ write: (any OpenFile) throws(WeirError) -> StoredFile
    ) throws(WeirError) -> StoredFile {
        try preparing(name) { () throws(WeirError) in try putAside(name, write) }
    }

    private func putAside(
        _ name: String,
        _ write: (any OpenFile) throws(WeirError) -> StoredFile
    ) throws(WeirError) -> StoredFile {
        if try files.status(writing) == nil { try files.makeDirectory(writing) }
        let temporary = writing + "/" + String(world.random.next(), radix: 16)
        let file = try files.open(temporary, .createNew)
        defer {
            file.close()
            // A failure leaves a file that `removeUnfinished` takes; the first error counts.
            _ = try? files.remove(temporary)
        }
        let stored = try write(file)
        try file.synchronize()
        // After the synchronisation, before the link: a crash here leaves nothing under the name.
        try link(temporary, name)
        return stored
    }

    /// Makes the directory of a name for `body`; a failure leaves none that is empty.
    private func preparing<T>(
        _ name: String,
        _ body: () throws(WeirError) -> T
    ) throws(WeirError) -> T {
        do throws(WeirError) {
            try prepare(name)
            return try body()
        } catch {
            let parent = files.directory(of: path(of: name))
            // The first error counts; what is left behind is removed with the checkpoint's files.
            if StoreName.isValid(name), parent != directory { _ = try? removeIfEmpty(parent) }
            throw error
        }
    }

    /// Gives a file its name, for good.
    private func link(_ source: String, _ name: String) throws(WeirError) {
        let parent = files.directory(of: path(of: name))
        do throws(WeirError) {
            try files.link(source, path(of: name))
        } catch let error where error.code == .fileMissing {
            // A clean-up has found the directory empty, and removed it, since it was made.
            guard try files.status(parent) == nil else { throw error }
            try prepare(name)
            try files.link(source, path(of: name))
        }
        try files.synchronizeDirectory(parent)
    }

    /// Removes a directory unless something is in it, which other threads may put there meanwhile.
    ///
    /// Returns whether it is gone.
    private func removeIfEmpty(_ place: String) throws(WeirError) -> Bool {
        do throws(WeirError) {
            guard try files.list(place).isEmpty else { return false }
            try files.remove(place)
            return true
        } catch let error where error.code == .fileMissing {
            return true
        } catch {
            guard try files.list(place).isEmpty else { return false }
            throw error
        }
    }

    /// Checks the name and makes its directory.
    private func prepare(_ name: String) throws(WeirError) {
        guard StoreName.isValid(name) else {
            throw WeirError(.badValue, "\"\(name)\" cannot be the name of a snapshot file.")
        }
        if try files.status(path(of: name)) != nil {
            throw WeirError(.fileExists, "\(path(of: name)) exists already.")
        }
        let parent = files.directory(of: path(of: name))
        let isThere = try files.status(parent) != nil
        if isThere, parent == directory || durable.contains(parent) { return }
        try files.makeDirectory(parent)
        // Also if it was there: whoever made it may have died, or not yet come, to this line.
        try files.synchronizeDirectory(files.directory(of: parent))
        durable.insert(parent)
    }

    private func openFile(_ name: String) throws(WeirError) -> any OpenFile {
        guard StoreName.isValid(name) else { throw missing(name) }
        do throws(WeirError) {
            return try files.open(path(of: name), .read)
        } catch let error where error.code == .fileMissing {
            throw missing(name)
        }
    }

    private func missing(_ name: String) -> WeirError {
        WeirError(
            .missingSnapshotFile,
            "The snapshot file \(name) is missing.",
            position: path(of: name),
            fix: "Resume from an older snapshot, or restore the file from a copy."
        )
    }

    private func collect(_ parent: String, into names: inout [String]) throws(WeirError) {
        let place = parent.isEmpty ? directory : directory + "/" + parent
        guard try files.status(place)?.isDirectory == true else { return }
        for entry in try files.list(place) {
            let name = parent.isEmpty ? entry : parent + "/" + entry
            guard StoreName.isValid(name), let status = try files.status(directory + "/" + name)
            else { continue }
            if status.isDirectory {
                try collect(name, into: &names)
            } else {
                names.append(name)
            }
        }
    }

    private func copy(
        _ source: any StoredFileReader,
        to target: any OpenFile
    ) throws(WeirError) -> StoredFile {
        try source.forEachChunk { (chunk) throws(WeirError) in
            try target.write(chunk)
        }
    }
}

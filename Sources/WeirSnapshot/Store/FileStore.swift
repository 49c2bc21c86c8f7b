import WeirCore

/// Where snapshots are kept: what an object store can do, and no more.
///
/// Names are relative paths such as `chk-7/manifest` (see `StoreName`). A file appears under its name
/// as a whole or not at all, and never changes afterwards. There is no renaming. Any thread may call.
public protocol FileStore: Sendable {
    /// Writes the blocks, one after the other, as a new file; on the disk and visible on return.
    ///
    /// - Throws: `fileExists` if the name is taken, `diskFull`, `fileFailed`.
    func putIfAbsent(
        _ name: String,
        _ blocks: [UnsafeRawBufferPointer]
    ) throws(WeirError) -> StoredFile

    /// Takes over a finished local file, which must not change any more; reads it once for the
    /// checksum.
    ///
    /// - Throws: `fileExists` if the name is taken, `fileMissing`, `diskFull`, `fileFailed`.
    func putIfAbsent(_ name: String, linking localPath: String) throws(WeirError) -> StoredFile

    /// Copies an open file of this or another store as a new file.
    ///
    /// - Throws: `fileExists` if the name is taken, `diskFull`, `fileFailed`.
    func putIfAbsent(
        _ name: String,
        copying source: any StoredFileReader
    ) throws(WeirError) -> StoredFile

    /// Makes the file appear at a new local path, as a link if that is possible.
    ///
    /// The local file must not be changed. Nothing is verified.
    /// - Throws: `missingSnapshotFile`, `fileExists`, `diskFull`, `fileFailed`.
    func fetch(_ name: String, to localPath: String) throws(WeirError)

    /// Opens a file for reading ranges of it.
    ///
    /// - Throws: `missingSnapshotFile`, `fileFailed`.
    func open(_ name: String) throws(WeirError) -> any StoredFileReader

    /// The names that start with `prefix`, sorted.
    func list(prefix: String) throws(WeirError) -> [String]

    /// Bytes of a file, or nil if there is none of this name.
    func size(_ name: String) throws(WeirError) -> Int?

    /// Where a file is, for people: with the place of the store.
    func place(of name: String) -> String

    /// Deletes files; those that are not there are ignored. All deletions are on the disk on return.
    func delete(_ names: [String]) throws(WeirError)
}

/// What `FileStore.putIfAbsent` wrote.
public struct StoredFile: Hashable, Sendable {
    /// Bytes.
    public let size: Int
    /// CRC32C of the whole file.
    public let checksum: UInt32

    /// Wraps the two facts.
    public init(size: Int, checksum: UInt32) {
        self.size = size
        self.checksum = checksum
    }
}

/// An open file of a store, for one thread at a time.
public protocol StoredFileReader: AnyObject {
    /// Bytes in the file.
    func size() throws(WeirError) -> Int
    /// Reads at `offset` as much as there is, up to the buffer's size; 0 at the end.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(WeirError) -> Int
    /// Closes it; closing twice is harmless.
    func close()
}

extension FileStore {
    /// Writes bytes as a new file; see `putIfAbsent(_:_:)`.
    @discardableResult
    public func putIfAbsent(_ name: String, bytes: [UInt8]) throws(WeirError) -> StoredFile {
        let result = bytes.withUnsafeBytes { buffer -> Result<StoredFile, WeirError> in
            do throws(WeirError) {
                return .success(try putIfAbsent(name, [buffer]))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// The whole content of a file of `limit` bytes at most.
    ///
    /// - Throws: `missingSnapshotFile`, `corruptSnapshot` if it is larger, `fileFailed`.
    public func readAll(_ name: String, limit: Int = 1 << 30) throws(WeirError) -> [UInt8] {
        let file = try open(name)
        defer { file.close() }
        let size = try file.size()
        guard size <= limit else {
            throw WeirError.corrupt(
                place(of: name),
                at: limit,
                "It is larger than the \(limit) bytes allowed."
            )
        }
        var failure: WeirError?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            // SAFETY: `filled` is set only if every byte has been read.
            do throws(WeirError) {
                let isWhole = try file.readFully(at: 0, into: UnsafeMutableRawBufferPointer(buffer))
                filled = isWhole ? size : 0
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        guard bytes.count == size else {
            throw WeirError.corrupt(place(of: name), at: size, "The file ends too early.")
        }
        return bytes
    }
}

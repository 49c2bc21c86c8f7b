import CWeirIntrinsics
import WeirCore

/// Reads a segment file block by block; one block is in memory at a time.
///
/// Opening checks header, trailer and block table; each block is checked when it is read. One thread
/// at a time. Every damage is `corruptSnapshot` with the file's name and the offset.
public final class SegmentReader {
    /// What errors call the file.
    public let name: String
    /// Entries in the file, removals included.
    public let entryCount: Int
    /// From the lowest to the highest key group that occurs; `0..<0` if there is no entry.
    public let keyGroupRange: KeyGroupRange
    /// Bytes of the file.
    public let byteCount: Int

    private let file: any StoredFileReader
    private let blocks: [SegmentBlock]
    private var buffer = ReadBuffer()
    private var entryBuffer = ReadBuffer()

    /// Opens a file of the local disk; `name` is what errors call it, its path if nil.
    ///
    /// - Throws: `corruptSnapshot`, `snapshotVersion`, `fileMissing`, `fileFailed`.
    public convenience init(
        files: any FileSystem,
        path: String,
        name: String? = nil
    ) throws(WeirError) {
        try self.init(LocalFileReader(file: try files.open(path, .read)), name: name ?? path)
    }

    /// Opens a file of a store.
    ///
    /// - Throws: `corruptSnapshot`, `snapshotVersion`, `missingSnapshotFile`, `fileFailed`.
    public convenience init(store: any FileStore, name: String) throws(WeirError) {
        try self.init(try store.open(name), name: store.place(of: name))
    }

    private init(_ file: any StoredFileReader, name: String) throws(WeirError) {
        let layout: SegmentLayout
        do throws(WeirError) {
            layout = try SegmentLayout(file: file, name: name)
        } catch {
            file.close()
            throw error
        }
        self.name = name
        self.file = file
        blocks = layout.blocks
        entryCount = layout.entryCount
        keyGroupRange = layout.keyGroupRange
        byteCount = layout.byteCount
    }

    deinit { file.close() }

    /// How many blocks the file has.
    public var blockCount: Int { blocks.count }

    /// Calls `body` with every entry of the key groups, in the order in which they were written.
    ///
    /// Blocks without such a group are not read. The bytes are valid during the call only.
    /// - Throws: `corruptSnapshot`, `fileFailed`, and what `body` throws.
    @inlinable
    public func forEach(
        in range: KeyGroupRange,
        _ body: (SegmentEntry) throws(WeirError) -> Void
    ) throws(WeirError) {
        for index in 0..<blockCount where mayContain(block: index, range) {
            var cursor = try load(block: index)
            while let entry = cursor.next() {
                if range.contains(KeyGroup(entry.keyGroup)) { try body(entry) }
            }
            if cursor.isDamaged { throw damaged(block: index, at: cursor.position) }
        }
    }

    /// Calls `body` with the entries of one block that belong to some key groups, and where each
    /// begins in the file.
    ///
    /// The bytes are valid until another block is read.
    /// - Throws: `corruptSnapshot`, `fileFailed`.
    @inlinable
    public func forEach(
        inBlock index: Int,
        of range: KeyGroupRange,
        _ body: (SegmentEntry, _ offset: Int) -> Void
    ) throws(WeirError) {
        guard mayContain(block: index, range) else { return }
        var cursor = try load(block: index)
        let start = payloadOffset(ofBlock: index)
        var position = 0
        while let entry = cursor.next() {
            if range.contains(KeyGroup(entry.keyGroup)) { body(entry, start &+ position) }
            position = cursor.position
        }
        if cursor.isDamaged { throw damaged(block: index, at: cursor.position) }
    }

    /// Calls `body` with the entry that begins at an offset that `forEach` told; it is not checked
    /// again.
    ///
    /// - Throws: `corruptSnapshot` if no entry fits there; `fileFailed`.
    public func withEntry(
        at offset: Int,
        _ body: (SegmentEntry) -> Void
    ) throws(WeirError) {
        var length = 256
        while true {
            let bytes = entryBuffer.resized(to: length)
            let count = try file.read(at: offset, into: bytes)
            var cursor = SegmentCursor(
                payload: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[..<count]),
                entryCount: 1
            )
            if let entry = cursor.next() { return body(entry) }
            guard count == length, length < 2 * SegmentFormat.maximumEntryBytes else {
                throw WeirError.corrupt(name, at: offset, "There is no entry.")
            }
            length *= 16
        }
    }

    /// How many entries a block has.
    public func entryCount(ofBlock index: Int) -> Int { Int(blocks[index].entryCount) }

    /// Bytes of a block's entries.
    public func byteCount(ofBlock index: Int) -> Int { blocks[index].length }

    /// From the lowest to the highest key group of a block.
    public func keyGroupRange(ofBlock index: Int) -> KeyGroupRange {
        KeyGroupRange(Int(blocks[index].lowest), Int(blocks[index].highest) + 1)
    }

    @usableFromInline
    func payloadOffset(ofBlock index: Int) -> Int {
        blocks[index].offset + SegmentFormat.blockHeaderBytes
    }

    /// Checks one block against its checksum and its entries against its header.
    ///
    /// - Throws: `corruptSnapshot`, `fileFailed`.
    public func verify(block index: Int) throws(WeirError) {
        var cursor = try load(block: index)
        let block = blocks[index]
        while let entry = cursor.next() {
            guard entry.keyGroup >= block.lowest, entry.keyGroup <= block.highest else {
                throw damaged(block: index, at: cursor.position)
            }
        }
        if cursor.isDamaged { throw damaged(block: index, at: cursor.position) }
    }

    /// Whether a block may have entries of some key groups.
    public func mayContain(block index: Int, _ range: KeyGroupRange) -> Bool {
        Int(blocks[index].lowest) < range.upper && Int(blocks[index].highest) >= range.lower
    }

    /// Reads a block into the buffer and checks it.
    @usableFromInline
    func load(block index: Int) throws(WeirError) -> SegmentCursor {
        let block = blocks[index]
        let head = SegmentFormat.blockHeaderBytes
        let bytes = buffer.resized(to: head + block.length)
        guard try file.readFully(at: block.offset, into: bytes) else {
            throw WeirError.corrupt(name, at: block.offset, "The file ends inside a block.")
        }
        let read = UnsafeRawBufferPointer(bytes)
        guard let start = read.baseAddress,
            SegmentBlock.checksum(of: start, length: block.length) == block.checksum,
            read.littleEndian(at: 12, as: UInt32.self) == block.checksum
        else {
            throw WeirError.corrupt(name, at: block.offset, "A block's checksum does not match.")
        }
        return SegmentCursor(
            payload: UnsafeRawBufferPointer(rebasing: read[head...]),
            entryCount: Int(block.entryCount)
        )
    }

    /// The error for an entry whose offset `forEach` told and that does not fit what it belongs to.
    public func damaged(entryAt offset: Int) -> WeirError {
        .corrupt(name, at: offset, "An entry does not fit its state.")
    }

    @usableFromInline
    func damaged(block index: Int, at position: Int) -> WeirError {
        .corrupt(
            name,
            at: blocks[index].offset + SegmentFormat.blockHeaderBytes + position,
            "An entry does not fit its block."
        )
    }
}

import CWeirIntrinsics
import WeirCore

/// Where the blocks of a segment file are, read from its two ends and checked.
struct SegmentLayout {
    let blocks: [SegmentBlock]
    let entryCount: Int
    let keyGroupRange: KeyGroupRange
    let byteCount: Int

    /// Reads header, trailer and table; takes memory for the table, which is a part of the file.
    init(file: any StoredFileReader, name: String) throws(WeirError) {
        let size = try file.size()
        let ends = SegmentFormat.headerBytes + SegmentFormat.trailerBytes
        guard size >= ends else {
            throw WeirError.corrupt(name, at: size, "The file ends too early.")
        }
        try Self.checkHeader(of: file, name)
        var memory = ReadBuffer()
        let trailer = try Self.readTrailer(of: file, size: size, name)
        let tableBytes = trailer.blockCount * SegmentFormat.tableEntryBytes
        guard tableBytes <= size - ends else {
            throw WeirError.corrupt(name, at: size, "The block table is longer than the file.")
        }
        let tableOffset = size - SegmentFormat.trailerBytes - tableBytes
        let bytes = memory.resized(to: size - tableOffset)
        guard try file.readFully(at: tableOffset, into: bytes) else {
            throw WeirError.corrupt(name, at: tableOffset, "The file ends inside its table.")
        }
        let read = UnsafeRawBufferPointer(bytes)
        let covered = tableBytes + SegmentFormat.trailerChecksumOffset
        guard weir_crc32c(0, read.baseAddress, covered) == trailer.checksum else {
            throw WeirError.corrupt(
                name,
                at: tableOffset,
                "The checksum of the block table does not match."
            )
        }
        do {
            blocks = try Self.blocks(in: read, count: trailer.blockCount, end: tableOffset)
            try Self.check(blocks, against: trailer)
        } catch {
            throw WeirError.corrupt(name, at: tableOffset, "Wrong in the table: \(error.what).")
        }
        entryCount = trailer.entryCount
        keyGroupRange = trailer.range
        byteCount = size
    }

    /// The trailer's fields.
    private struct Trailer {
        let blockCount: Int
        let entryCount: Int
        let range: KeyGroupRange
        let checksum: UInt32
    }

    private static func checkHeader(of file: any StoredFileReader, _ name: String) throws(WeirError)
    {
        var memory = ReadBuffer()
        let bytes = memory.resized(to: SegmentFormat.headerBytes)
        guard try file.readFully(at: 0, into: bytes) else {
            throw WeirError.corrupt(name, at: 0, "The file ends inside its header.")
        }
        let read = UnsafeRawBufferPointer(bytes)
        guard read.littleEndian(at: 0, as: UInt64.self) == SegmentFormat.magic,
            weir_crc32c(0, read.baseAddress, 12) == read.littleEndian(at: 12, as: UInt32.self)
        else { throw WeirError.corrupt(name, at: 0, "The header is not a segment's.") }
        let version = read.littleEndian(at: 8, as: UInt16.self)
        guard version == SegmentFormat.version else {
            throw WeirError.unknownVersion(name, Int(version), known: Int(SegmentFormat.version))
        }
    }

    private static func readTrailer(
        of file: any StoredFileReader,
        size: Int,
        _ name: String
    ) throws(WeirError) -> Trailer {
        var memory = ReadBuffer()
        let bytes = memory.resized(to: SegmentFormat.trailerBytes)
        let offset = size - SegmentFormat.trailerBytes
        guard try file.readFully(at: offset, into: bytes) else {
            throw WeirError.corrupt(name, at: offset, "The file ends inside its trailer.")
        }
        let read = UnsafeRawBufferPointer(bytes)
        guard read.littleEndian(at: 32, as: UInt64.self) == SegmentFormat.endMagic else {
            throw WeirError.corrupt(name, at: offset, "The trailer is missing: a cut file?")
        }
        let entryCount = Int(exactly: read.littleEndian(at: 8, as: UInt64.self))
        let length = read.littleEndian(at: 16, as: UInt64.self)
        guard let entryCount, length == UInt64(size) else {
            throw WeirError.corrupt(name, at: offset, "The file has not the length it tells.")
        }
        let lowest = Int(read.littleEndian(at: 24, as: UInt16.self))
        let highest = Int(read.littleEndian(at: 26, as: UInt16.self))
        guard lowest <= highest else {
            throw WeirError.corrupt(name, at: offset, "The key groups are not a range.")
        }
        return Trailer(
            blockCount: Int(read.littleEndian(at: 0, as: UInt32.self)),
            entryCount: entryCount,
            range: entryCount > 0 ? KeyGroupRange(lowest, highest + 1) : KeyGroupRange(0, 0),
            checksum: read.littleEndian(at: 28, as: UInt32.self)
        )
    }

    /// Decodes the table; the blocks must follow one another without a gap up to `end`.
    private static func blocks(
        in bytes: UnsafeRawBufferPointer,
        count: Int,
        end: Int
    ) throws(SegmentDefect) -> [SegmentBlock] {
        var blocks: [SegmentBlock] = []
        blocks.reserveCapacity(count)
        var offset = SegmentFormat.headerBytes
        for index in 0..<count {
            let start = index * SegmentFormat.tableEntryBytes
            let block = try SegmentBlock(
                tableEntry: UnsafeRawBufferPointer(
                    rebasing: bytes[start..<start + SegmentFormat.tableEntryBytes]
                )
            )
            guard block.offset == offset, block.end <= end else {
                throw SegmentDefect("block \(index) is not behind the one before")
            }
            offset = block.end
            blocks.append(block)
        }
        guard offset == end else { throw SegmentDefect("bytes that belong to no block") }
        return blocks
    }

    private static func check(
        _ blocks: [SegmentBlock],
        against trailer: Trailer
    ) throws(SegmentDefect) {
        var entries = 0
        for block in blocks {
            guard block.lowest <= block.highest, Int(block.lowest) >= trailer.range.lower,
                Int(block.highest) < trailer.range.upper
            else { throw SegmentDefect("key groups of a block") }
            // Six bytes are the smallest entry; so a wrong count cannot make a long loop.
            guard Int(block.entryCount) <= block.length / 6 else {
                throw SegmentDefect("the number of entries of a block")
            }
            entries += Int(block.entryCount)
        }
        guard entries == trailer.entryCount else { throw SegmentDefect("the number of entries") }
    }
}

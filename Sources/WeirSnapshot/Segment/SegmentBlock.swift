import CWeirIntrinsics
import WeirCore

/// What header and table of a segment say of one block; see `SegmentFormat`.
struct SegmentBlock: Equatable {
    /// Where the block's header starts in the file.
    let offset: Int
    /// Bytes of the payload.
    let length: Int
    let entryCount: UInt32
    let lowest: UInt16
    let highest: UInt16
    /// Of header and payload.
    var checksum: UInt32 = 0

    /// Where the block ends in the file.
    var end: Int { offset + SegmentFormat.blockHeaderBytes + length }

    /// Writes the header in front of a payload that is in place; returns itself with the checksum.
    func sealing(_ block: UnsafeMutableRawPointer) -> SegmentBlock {
        storeHeader(to: block)
        var result = self
        result.checksum = Self.checksum(of: UnsafeRawPointer(block), length: length)
        // SAFETY: the caller gives a block whose first 16 bytes are the header's.
        block.storeBytes(of: result.checksum.littleEndian, toByteOffset: 12, as: UInt32.self)
        return result
    }

    /// The checksum of a block in memory, over its header without the checksum, and its payload.
    static func checksum(of block: UnsafeRawPointer, length: Int) -> UInt32 {
        let head = weir_crc32c(0, block, 12)
        return weir_crc32c(head, block + SegmentFormat.blockHeaderBytes, length)
    }

    /// The file's first 16 bytes, in memory that the caller frees.
    static func header() -> UnsafeRawBufferPointer {
        // SAFETY: 16 bytes are allocated, and offsets 0 to 15 are stored.
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: SegmentFormat.headerBytes,
            alignment: 16
        )
        memory.storeBytes(of: SegmentFormat.magic.littleEndian, as: UInt64.self)
        memory.storeBytes(of: SegmentFormat.version.littleEndian, toByteOffset: 8, as: UInt16.self)
        memory.storeBytes(of: 0, toByteOffset: 10, as: UInt16.self)
        let checksum = weir_crc32c(0, memory, 12)
        memory.storeBytes(of: checksum.littleEndian, toByteOffset: 12, as: UInt32.self)
        return UnsafeRawBufferPointer(start: memory, count: SegmentFormat.headerBytes)
    }

    /// Bytes of the file's end after so many blocks.
    static func tailBytes(blockCount: Int) -> Int {
        blockCount * SegmentFormat.tableEntryBytes + SegmentFormat.trailerBytes
    }

    /// The file's end after its blocks, in memory that the caller frees.
    static func tableAndTrailer(
        _ table: [SegmentBlock],
        entryCount: Int,
        range: KeyGroupRange,
        tableOffset: Int
    ) -> UnsafeRawBufferPointer {
        let tableBytes = table.count * SegmentFormat.tableEntryBytes
        let count = tailBytes(blockCount: table.count)
        // SAFETY: room for every table entry and the trailer is allocated; the stores below are at
        // multiples of the entry size and at offsets inside the trailer.
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 16)
        for (index, block) in table.enumerated() {
            let entry = memory + index * SegmentFormat.tableEntryBytes
            entry.storeBytes(of: UInt64(block.offset).littleEndian, as: UInt64.self)
            block.storeHeader(to: entry + 8)
            entry.storeBytes(of: block.checksum.littleEndian, toByteOffset: 20, as: UInt32.self)
        }
        let trailer = memory + tableBytes
        trailer.storeBytes(of: UInt32(table.count).littleEndian, as: UInt32.self)
        trailer.storeBytes(of: 0, toByteOffset: 4, as: UInt32.self)
        trailer.storeBytes(of: UInt64(entryCount).littleEndian, toByteOffset: 8, as: UInt64.self)
        let length = UInt64(tableOffset + count)
        trailer.storeBytes(of: length.littleEndian, toByteOffset: 16, as: UInt64.self)
        let highest = UInt16(max(range.upper - 1, 0))
        trailer.storeBytes(
            of: UInt16(range.lower).littleEndian,
            toByteOffset: 24,
            as: UInt16.self
        )
        trailer.storeBytes(of: highest.littleEndian, toByteOffset: 26, as: UInt16.self)
        let checksum = weir_crc32c(0, memory, tableBytes + SegmentFormat.trailerChecksumOffset)
        trailer.storeBytes(of: checksum.littleEndian, toByteOffset: 28, as: UInt32.self)
        trailer.storeBytes(
            of: SegmentFormat.endMagic.littleEndian,
            toByteOffset: 32,
            as: UInt64.self
        )
        return UnsafeRawBufferPointer(start: memory, count: count)
    }

    /// Writes the 12 bytes that block header and table share.
    private func storeHeader(to target: UnsafeMutableRawPointer) {
        // SAFETY: both callers give at least 12 bytes.
        target.storeBytes(of: UInt32(length).littleEndian, as: UInt32.self)
        target.storeBytes(of: entryCount.littleEndian, toByteOffset: 4, as: UInt32.self)
        target.storeBytes(of: lowest.littleEndian, toByteOffset: 8, as: UInt16.self)
        target.storeBytes(of: highest.littleEndian, toByteOffset: 10, as: UInt16.self)
    }

    /// Reads a table entry; the caller has checked that it is there.
    init(tableEntry bytes: UnsafeRawBufferPointer) throws(SegmentDefect) {
        let offset = bytes.littleEndian(at: 0, as: UInt64.self)
        guard let offset = Int(exactly: offset) else { throw SegmentDefect("a block offset") }
        self.init(
            offset: offset,
            length: Int(bytes.littleEndian(at: 8, as: UInt32.self)),
            entryCount: bytes.littleEndian(at: 12, as: UInt32.self),
            lowest: bytes.littleEndian(at: 16, as: UInt16.self),
            highest: bytes.littleEndian(at: 18, as: UInt16.self),
            checksum: bytes.littleEndian(at: 20, as: UInt32.self)
        )
    }

    init(
        offset: Int,
        length: Int,
        entryCount: UInt32,
        lowest: UInt16,
        highest: UInt16,
        checksum: UInt32 = 0
    ) {
        self.offset = offset
        self.length = length
        self.entryCount = entryCount
        self.lowest = lowest
        self.highest = highest
        self.checksum = checksum
    }
}

/// What is wrong with a segment's bytes, before file name and offset are known.
struct SegmentDefect: Error {
    let what: String
    init(_ what: String) { self.what = what }
}

extension UnsafeRawBufferPointer {
    /// A little-endian integer at an offset, aligned or not; the caller has checked the bounds.
    func littleEndian<Integer: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int,
        as type: Integer.Type
    ) -> Integer {
        Integer(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}

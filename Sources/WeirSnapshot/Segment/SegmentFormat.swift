/// The bytes of a segment: the entries of keyed state that one subtask changed in one epoch.
///
/// All integers are little endian; checksums are CRC32C.
/// ```
/// file    = header block* table trailer
/// header  = "WEIRSEG\n" | version u16 | 0 u16 | crc u32 of the 12 bytes before
/// block   = payload length u32 | entries u32 | lowest group u16 | highest group u16
///         | crc u32 of the 12 bytes before and the payload | payload
/// entry   = key group u16 | state u16 | key length varint | 1 + value length varint, 0: removed
///         | key | value
/// table   = for each block: file offset u64 | payload length u32 | entries u32
///         | lowest group u16 | highest group u16 | crc u32 of the block
/// trailer = blocks u32 | 0 u32 | entries u64 | file length u64 | lowest group u16
///         | highest group u16 | crc u32 of table and the 28 bytes before | "WEIREND\n"
/// ```
/// Entries keep the order in which they were written: of two for one key the later one holds. Blocks
/// are not sorted by key group, so each tells the lowest and highest that occur in it.
public enum SegmentFormat {
    /// The format version that is written.
    public static let version: UInt16 = 1
    /// A block is closed when the next entry would make it larger; a larger entry has its own.
    public static let blockBytes = 64 << 10
    /// The largest key and value together.
    public static let maximumEntryBytes = 1 << 30

    /// The first eight bytes, `WEIRSEG\n`.
    static let magic: UInt64 = 0x0A47_4553_5249_4557
    /// The last eight bytes, `WEIREND\n`.
    static let endMagic: UInt64 = 0x0A44_4E45_5249_4557
    static let headerBytes = 16
    @usableFromInline static let blockHeaderBytes = 16
    static let tableEntryBytes = 24
    static let trailerBytes = 40
    /// Offset of the trailer's checksum inside the trailer.
    static let trailerChecksumOffset = 28
    /// Key group, state and two varints of five bytes: more than an entry needs around its bytes.
    @usableFromInline static let maximumEntryOverhead = 14
}

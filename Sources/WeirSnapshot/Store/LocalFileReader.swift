import CWeirIntrinsics
import WeirCore

/// A file of the local disk as a `StoredFileReader`.
final class LocalFileReader: StoredFileReader {
    private let file: any OpenFile

    init(file: any OpenFile) { self.file = file }

    func size() throws(WeirError) -> Int { try file.size() }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(WeirError) -> Int {
        try file.read(at: offset, into: buffer)
    }

    func close() { file.close() }
}

extension StoredFileReader {
    /// Fills the whole buffer; false if the file ends before.
    func readFully(
        at offset: Int,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(WeirError) -> Bool {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = try read(at: offset + filled, into: rest)
            if count == 0 { return false }
            filled += count
        }
        return true
    }

    /// Reads the file from start to end in chunks of at most 128 KiB, which stay in a core's cache
    /// until `body` sees them; returns size and checksum.
    func forEachChunk(
        _ body: (UnsafeRawBufferPointer) throws(WeirError) -> Void
    ) throws(WeirError) -> StoredFile {
        var memory = ReadBuffer()
        let buffer = memory.resized(to: 128 << 10)
        var size = 0
        var checksum: UInt32 = 0
        while true {
            let count = try read(at: size, into: buffer)
            if count == 0 { break }
            let chunk = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            checksum = weir_crc32c(checksum, chunk.baseAddress, count)
            size += count
            try body(chunk)
        }
        return StoredFile(size: size, checksum: checksum)
    }
}

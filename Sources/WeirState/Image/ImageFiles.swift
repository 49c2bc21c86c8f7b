import CWeirIntrinsics
import WeirCore

/// What images do with files: bring them near, and check them.
struct ImageFiles {
    /// The disk.
    let files: any FileSystem
    private static let bufferBytes = 256 << 10

    /// Empties a directory, or makes it.
    func prepareDirectory(_ path: String) throws(WeirError) {
        try files.removeTree(path)
        try files.makeDirectory(path)
    }

    /// The CRC32C of a file's bytes, and how many there are.
    func checksum(of path: String) throws(WeirError) -> (checksum: UInt32, size: Int) {
        var checksum: UInt32 = 0
        var offset = 0
        try forEachPiece(of: path) { (piece) throws(WeirError) in
            checksum = weir_crc32c(checksum, piece.baseAddress, piece.count)
            offset += piece.count
        }
        return (checksum, offset)
    }

    /// Throws unless a captured file is there with the bytes it had.
    ///
    /// - Throws: `missingSnapshotFile`, `corruptSnapshot`, with the file's path.
    func verify(_ file: CapturedFile) throws(WeirError) {
        guard try files.status(file.path) != nil else {
            throw WeirError(
                .missingSnapshotFile,
                "The image file \(file.path) is missing.",
                position: file.path,
                fix: "An older checkpoint is used if there is one."
            )
        }
        let found = try checksum(of: file.path)
        guard found.size == file.size, found.checksum == file.checksum else {
            throw WeirError(
                .corruptSnapshot,
                "The image file \(file.path) is not what was written.",
                position: file.path,
                reason: found.size == file.size
                    ? "Its checksum differs." : "It has \(found.size) bytes, not \(file.size).",
                fix: "An older checkpoint is used if there is one."
            )
        }
    }

    /// Gives a file a second name in a directory; copies it where links are not possible.
    ///
    /// Only table files may share their bytes: RocksDB never changes them once they are ingested.
    func bring(_ file: CapturedFile, into directory: String) throws(WeirError) {
        let target = directory + "/" + file.name
        if file.isShared {
            do throws(WeirError) {
                return try files.link(file.path, target)
            } catch {
                guard error.code == .fileFailed else { throw error }
            }
        }
        try copy(file.path, to: target)
    }

    /// Copies a file's bytes to a new one.
    func copy(_ source: String, to target: String) throws(WeirError) {
        let output = try files.open(target, .createNew)
        defer { output.close() }
        try forEachPiece(of: source) { (piece) throws(WeirError) in try output.write(piece) }
    }

    private func forEachPiece(
        of path: String,
        _ body: (UnsafeRawBufferPointer) throws(WeirError) -> Void
    ) throws(WeirError) {
        let file = try files.open(path, .read)
        defer { file.close() }
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.bufferBytes,
            alignment: 64
        )
        defer { buffer.deallocate() }
        var offset = 0
        while true {
            let count = try file.read(at: offset, into: buffer)
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += count
        }
    }
}

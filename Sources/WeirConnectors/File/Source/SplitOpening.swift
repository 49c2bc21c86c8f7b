import WeirCore

/// Opens a split's file on an I/O thread: reads the header and finds where the split's records
/// begin and end.
struct SplitOpening: Sendable {
    let split: FileSplit
    let hasHeader: Bool
    let files: any FileSystem

    /// What was found.
    struct Result: Sendable {
        let file: OpenedFile
        /// The header record without its line's end; nil if the format has none.
        let header: [UInt8]?
        /// Where the next record begins.
        let position: Int
        /// Behind the last record.
        let end: Int
    }

    private static let pieceBytes = 64 << 10
    /// Longest header.
    private static let headerLimit = 1 << 20

    /// Opens the file.
    ///
    /// - Throws: `fileMissing`, `fileFailed`; `inputChanged` if the file was cut;
    ///   `malformedRecord` if there is no header.
    func run() throws(WeirError) -> Result {
        let file = OpenedFile(try files.open(split.path, .read))
        let size = try file.file.size()
        guard size >= split.end else {
            throw WeirError(
                .inputChanged,
                "\(split.path) has \(size) bytes, but had \(split.end) when it was found.",
                reason: "the file was cut or replaced",
                fix: "Put the former file back, or start without the snapshot."
            )
        }
        let body = try findBody(file, size)
        var position = split.position
        if position == split.start {
            position =
                split.start == 0
                ? body.start : try lineStart(file, atOrAfter: split.start, size)
        }
        var end = min(split.end, size)
        if end < size {
            end = try lineStart(file, atOrAfter: end, size)
        }
        return Result(
            file: file,
            header: body.header,
            position: min(max(position, body.start), end),
            end: end
        )
    }

    /// The first byte behind the byte order mark and the header.
    private func findBody(
        _ file: OpenedFile,
        _ size: Int
    ) throws(WeirError) -> (start: Int, header: [UInt8]?) {
        let mark = try piece(file, at: 0, count: 3)
        let start = mark == [0xef, 0xbb, 0xbf] ? 3 : 0
        guard hasHeader, size > start else { return (start, nil) }
        var header: [UInt8] = []
        while header.count < Self.headerLimit {
            let more = try piece(file, at: start + header.count, count: Self.pieceBytes)
            let searched = header.count
            header += more
            if let newline = header[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                header.removeSubrange(newline...)
                let end = start + newline + 1
                if header.last == UInt8(ascii: "\r") { header.removeLast() }
                return (end, header)
            }
            if more.isEmpty { return (size, header) }
        }
        throw WeirError(
            .malformedRecord,
            "\(split.path) has no header in its first \(Self.headerLimit) bytes."
        )
    }

    /// Where the first line begins that begins at `offset` or later.
    private func lineStart(
        _ file: OpenedFile,
        atOrAfter offset: Int,
        _ size: Int
    ) throws(WeirError) -> Int {
        var at = offset - 1
        while at < size {
            let bytes = try piece(file, at: at, count: Self.pieceBytes)
            if bytes.isEmpty { break }
            if let newline = bytes.firstIndex(of: UInt8(ascii: "\n")) { return at + newline + 1 }
            at += bytes.count
        }
        return size
    }

    private func piece(
        _ file: OpenedFile,
        at offset: Int,
        count: Int
    ) throws(WeirError) -> [UInt8] {
        let chunk = FileChunk(headroom: 0, capacity: count)
        try chunk.read(file, at: offset, count: count)
        return [UInt8](chunk.memory[..<chunk.filled])
    }
}

import WeirConnectors
import WeirCore
import WeirData

/// What a decoder makes of an input: rows in order, and failures with their absolute places.
struct Decoded: Equatable {
    var rows: [[Value]] = []
    var failures: [RecordFailure] = []
}

/// Decodes an input that comes in pieces, as a source does; each malformed record is skipped.
///
/// The result must not depend on `pieces` or on `capacity`.
func decodeAll(
    _ decoder: RecordDecoder,
    _ input: [UInt8],
    pieces: [Int] = [],
    capacity: Int = 16
) throws -> Decoded {
    let memory = UnsafeMutableRawBufferPointer.allocate(
        byteCount: input.count + RecordDecoder.padding + 1,
        alignment: 64
    )
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 0x7f)
    var result = Decoded()
    var start = 0
    var filled = 0
    var cuts = pieces.sorted().filter { $0 > 0 && $0 < input.count }[...]
    while true {
        let end = cuts.popFirst() ?? input.count
        for index in filled..<end { memory[index] = input[index] }
        filled = end
        // What is not read yet must not matter.
        for index in filled..<memory.count {
            memory[index] = UInt8(truncatingIfNeeded: index &* 31)
        }
        let isAtEnd = filled == input.count
        while true {
            let batch = Batch(decoder.schema, capacity: capacity)
            let progress = decoder.decode(
                UnsafeMutableRawBufferPointer(rebasing: memory[..<filled]),
                from: start,
                isAtEnd: isAtEnd,
                into: batch,
                row: 0,
                limit: capacity
            )
            batch.setRowCount(progress.rows)
            result.rows += try batch.allValues()
            if let failure = progress.failure { result.failures.append(failure) }
            let hasMoved = progress.end > start
            start = progress.end
            if !hasMoved { break }
        }
        if isAtEnd { return result }
    }
}

func decodeAll(
    _ decoder: RecordDecoder,
    _ text: String,
    pieces: [Int] = [],
    capacity: Int = 16
) throws -> Decoded {
    try decodeAll(decoder, [UInt8](text.utf8), pieces: pieces, capacity: capacity)
}

/// A schema of columns that may be NULL.
func nullable(_ columns: (String, LogicalType)...) -> Schema {
    Schema(
        columns.enumerated().map {
            ColumnDescriptor($1.0, id: $0 + 1, $1.1, isNullable: true)
        }
    )
}

import WeirCore
import WeirData
import WeirOperators

/// Reads one split: keeps one stretch in memory and the next one coming, and decodes records.
///
/// `split.position` is always where the next record begins, so that it may be stored between any
/// two calls. Belongs to the reader's executor thread.
final class SplitReader {
    /// What `decode` came to.
    enum Step {
        /// Rows were written into the builder, or only empty lines were there.
        case rows(Int)
        /// A record is malformed: its offset, its length, and its first bytes.
        case malformed(RecordFailure, offset: Int, length: Int, raw: [UInt8])
        /// More bytes must be read first.
        case waiting
        /// All records were read.
        case finished
    }

    /// A record over the limit that is being passed over.
    private struct Skipping {
        let offset: Int
        var length: Int
        var raw: [UInt8]
    }

    private(set) var split: FileSplit
    private var watermarks: SplitWatermarks
    private let decoder: RecordDecoder
    private let chunkBytes: Int
    private let chunks: FileChunkPool
    private var file: OpenedFile?
    private var end = 0
    private var readOffset = 0
    private var current: FileChunk?
    private var next: FileChunk?
    private var isReading = false
    private let reading: FileRead
    /// Made once, not for each stretch.
    private let readWork: @Sendable () throws(WeirError) -> Void
    private lazy var readCompletion: (WeirError?) throws(WeirError) -> Void = {
        [weak self] failure throws(WeirError) in try self?.arrived(failure)
    }
    /// Whether the bytes at hand end inside of a record, so that decoding waits for the next ones.
    private var isStarved = false
    /// The next byte in `current`, and behind the last.
    private var cursor = 0
    private var limit = 0
    private var skipping: Skipping?

    init(
        _ split: FileSplit,
        decoder: RecordDecoder,
        strategy: WatermarkStrategy,
        chunkBytes: Int,
        chunks: FileChunkPool
    ) {
        self.split = split
        self.decoder = decoder
        self.chunkBytes = chunkBytes
        self.chunks = chunks
        let reading = FileRead()
        self.reading = reading
        readWork = { () throws(WeirError) in try reading.run() }
        watermarks = SplitWatermarks(strategy, from: split.watermark)
    }

    /// Whether `decode` can do something.
    var isReady: Bool {
        guard file != nil else { return false }
        return next != nil || (cursor < limit && !isStarved) || readOffset == end
    }

    /// Opens the file in the background.
    func open(_ context: OperatorContext) {
        let opening = SplitOpening(
            split: split,
            hasHeader: decoder.hasHeader,
            files: context.world.files
        )
        let result = Handover<SplitOpening.Result>()
        context.background(
            { () throws(WeirError) in result.put(try opening.run()) },
            { [weak self] failure throws(WeirError) in
                if let failure { throw failure }
                guard let self, let found = result.take() else { return }
                try opened(found, context)
            }
        )
    }

    private func opened(
        _ result: SplitOpening.Result,
        _ context: OperatorContext
    ) throws(WeirError) {
        if let header = result.header {
            try readHeader(header)
        }
        file = result.file
        split.position = result.position
        readOffset = result.position
        end = result.end
        readAhead(context)
    }

    /// Gives the header to the decoder; its errors name the file.
    private func readHeader(_ header: [UInt8]) throws(WeirError) {
        do throws(WeirError) {
            try header.withUnsafeBufferPointer { buffer throws(WeirError) in
                try decoder.readHeader(UnsafeRawBufferPointer(buffer))
            }
        } catch {
            throw WeirError(
                error.code,
                error.message,
                position: "\(split.path), line 1, the header",
                reason: error.reason,
                fix: error.fix
            )
        }
    }

    /// Starts to read the stretch behind the one at hand, if none is there or on its way.
    func readAhead(_ context: OperatorContext) {
        guard let file, next == nil, !isReading, readOffset < end else { return }
        isReading = true
        let count = min(chunkBytes, end - readOffset)
        reading.prepare(file, chunks.take(count), at: readOffset, count: count)
        context.background(readWork, readCompletion)
    }

    private func arrived(_ failure: WeirError?) throws(WeirError) {
        let chunk = reading.take()
        if let failure { throw failure }
        guard let chunk else { return }
        isReading = false
        next = chunk
        readOffset += chunk.filled
        // The file was cut shorter than it was: what is there is the end.
        if chunk.isAtEnd { end = readOffset }
    }

    /// Decodes some records into the builder's batch, as many as fit at most.
    func decode(_ builder: BatchBuilder, _ context: OperatorContext) -> Step {
        guard file != nil else { return .waiting }
        if skipping != nil { return skip(context) }
        guard let chunk = current else { return advance(context) }
        let batch = builder.batch
        let row = builder.rowCount
        let isAtEnd = readOffset == end && next == nil
        let progress = decoder.decode(
            UnsafeMutableRawBufferPointer(rebasing: chunk.memory[..<limit]),
            from: cursor,
            isAtEnd: isAtEnd,
            into: batch,
            row: row,
            limit: builder.room
        )
        if progress.rows > 0 {
            watermarks.stamp(batch, row..<(row + progress.rows))
            split.watermark = watermarks.watermark
            builder.advance(progress.rows)
        }
        let hasMoved = progress.end > cursor
        let step = step(progress, chunk)
        split.position += progress.end - cursor
        cursor = progress.end
        if let step { return step }
        if hasMoved { return .rows(progress.rows) }
        return isAtEnd ? .finished : advance(context)
    }

    private func step(_ progress: RecordDecoder.Progress, _ chunk: FileChunk) -> Step? {
        guard let failure = progress.failure else { return nil }
        let raw = chunk.memory[failure.record].prefix(DeadLetter.rawLimit)
        return .malformed(
            failure,
            offset: split.position + failure.record.lowerBound - cursor,
            length: failure.record.count,
            raw: [UInt8](raw)
        )
    }

    /// Moves on to the next stretch and takes along what is left of this one.
    private func advance(_ context: OperatorContext) -> Step {
        let rest = limit - cursor
        if rest > decoder.maxRecordBytes { return startSkipping(context) }
        guard let following = next else {
            if readOffset == end, !isReading, rest == 0 { return .finished }
            isStarved = true
            readAhead(context)
            return .waiting
        }
        next = nil
        join(following, rest)
        readAhead(context)
        return .rows(0)
    }

    private func join(_ following: FileChunk, _ rest: Int) {
        var joined = following
        if rest > following.headroom {
            // A long record: a larger stretch that holds all of it so far.
            joined = FileChunk(headroom: rest, capacity: following.filled)
            joined.filled = following.filled
            joined.memory[rest..<(rest + following.filled)].copyBytes(
                from: following.memory[
                    following.headroom..<(following.headroom + following.filled)
                ]
            )
            chunks.give(following)
        }
        let start = joined.headroom - rest
        if let current, rest > 0 {
            joined.memory[start..<joined.headroom].copyBytes(from: current.memory[cursor..<limit])
        }
        giveBack()
        isStarved = false
        current = joined
        cursor = start
        limit = joined.headroom + joined.filled
        let padding = joined.memory[limit..<min(joined.memory.count, limit + RecordDecoder.padding)]
        for index in padding.indices { joined.memory[index] = 0 }
    }

    /// Lets others have the stretch at hand, which is decoded.
    func giveBack() {
        if let current { chunks.give(current) }
        current = nil
    }

    // MARK: Records over the limit

    private func startSkipping(_ context: OperatorContext) -> Step {
        skipping = Skipping(offset: split.position, length: 0, raw: [])
        return skip(context)
    }

    /// Passes over bytes up to the first newline; only the first ones are kept.
    private func skip(_ context: OperatorContext) -> Step {
        guard var state = skipping else { return .rows(0) }
        let bytes = current?.memory[cursor..<limit]
        let newline = bytes?.firstIndex(of: UInt8(ascii: "\n"))
        let passed = (newline ?? limit) - cursor
        if let bytes, state.raw.count < DeadLetter.rawLimit {
            state.raw += bytes.prefix(min(passed, DeadLetter.rawLimit - state.raw.count))
        }
        state.length += passed
        cursor += passed
        skipping = state
        let isAtEnd = newline == nil && next == nil && readOffset == end && !isReading
        guard newline != nil || isAtEnd else {
            guard let following = next else {
                readAhead(context)
                return .waiting
            }
            next = nil
            join(following, 0)
            readAhead(context)
            return .rows(0)
        }
        if newline != nil { cursor += 1 }
        split.position = state.offset + state.length + (newline == nil ? 0 : 1)
        skipping = nil
        let failure = RecordFailure(
            record: 0..<state.length,
            position: 0,
            reason: .tooLong,
            column: ""
        )
        return .malformed(failure, offset: state.offset, length: state.length, raw: state.raw)
    }
}

import WeirCore
import WeirData
import WeirOperators

/// Reads records, one a line, from a TCP peer.
///
/// At most once: a socket cannot be read again, so rows after the last checkpoint are lost when the
/// job is restored. It ends when the peer closes the connection. One reader.
public final class SocketSource: SourceOperator {
    /// Nanoseconds between looks at a silent connection.
    private static let pollInterval: Int64 = 2_000_000
    /// Bytes that wait for their line's end; longer lines are malformed.
    private static let capacity = 1 << 20
    private static let stateName = "watermark"

    private let host: String
    private let port: Int
    private let decoder: RecordDecoder
    private let onMalformed: MalformedPolicy
    private var watermarks: SplitWatermarks
    private let strategy: WatermarkStrategy
    private var connection: (any Connection)?
    // SAFETY: allocated in `init`, freed in `deinit`, used on the executor thread only.
    private let memory: UnsafeMutableRawBufferPointer
    private var filled = 0
    private var offset = 0
    private var emittedWatermark = EventTimes.minimum
    private var isAtEnd = false
    private var isSkipping = false

    /// A source that connects when it is opened.
    public init(
        host: String,
        port: Int,
        format: RecordFormat,
        schema: Schema,
        watermarks strategy: WatermarkStrategy = .noWatermarks,
        onMalformed: MalformedPolicy = .fail
    ) {
        self.host = host
        self.port = port
        self.onMalformed = onMalformed
        self.strategy = strategy
        decoder = format.makeDecoder(schema)
        decoder.maxRecordBytes = Self.capacity - 1
        watermarks = SplitWatermarks(strategy)
        memory = .allocate(
            byteCount: Self.capacity + RecordDecoder.padding + 1,
            alignment: 64
        )
    }

    deinit { memory.deallocate() }

    /// The source as a program names it.
    public static func description(
        host: String,
        port: Int,
        format: RecordFormat,
        schema: Schema,
        watermarks: WatermarkStrategy = .noWatermarks,
        onMalformed: MalformedPolicy = .fail
    ) -> SourceDescription {
        SourceDescription(name: "socket", outputs: [schema, DeadLetter.schema], parallelism: 1) {
            SocketSource(
                host: host,
                port: port,
                format: format,
                schema: schema,
                watermarks: watermarks,
                onMalformed: onMalformed
            )
        }
    }

    /// Connects.
    public override func open() throws(WeirError) {
        if let element = context.restored.elements(Self.stateName).first {
            let time = try element.withReader { reader throws(WeirError) in
                try reader.readInteger(as: Int64.self)
            }
            watermarks = SplitWatermarks(strategy, from: time)
        }
        connection = try context.world.network.connect(host: host, port: port)
    }

    public override func snapshot(_ snapshot: StateSnapshotContext) throws(WeirError) {
        var writer = ByteWriter()
        writer.append(integer: watermarks.watermark)
        snapshot.add(OperatorStateEntry(Self.stateName, .split, [writer.array]))
    }

    public override func close() {
        connection?.close()
        connection = nil
    }

    public override func poll() throws(WeirError) -> SourceStatus {
        guard let connection else { return .finished }
        var hasRead = false
        if !isAtEnd {
            let room = UnsafeMutableRawBufferPointer(rebasing: memory[filled..<Self.capacity])
            if let count = try connection.read(into: room) {
                hasRead = true
                filled += count
                isAtEnd = count == 0
            }
        }
        let hasMoved = try decodeLines()
        advanceWatermark()
        if isAtEnd, !hasMoved { return .finished }
        if hasRead || hasMoved { return .ready }
        return .waiting(until: context.world.clock.monotonicNanoseconds() + Self.pollInterval)
    }

    /// Decodes what is there; returns whether bytes were taken.
    private func decodeLines() throws(WeirError) -> Bool {
        if isSkipping, !skipLine() { return false }
        let builder = context.output.builder
        let batch = builder.batch
        let row = builder.rowCount
        let progress = decoder.decode(
            UnsafeMutableRawBufferPointer(rebasing: memory[..<filled]),
            from: 0,
            isAtEnd: isAtEnd,
            into: batch,
            row: row,
            limit: builder.room
        )
        if progress.rows > 0 {
            watermarks.stamp(batch, row..<(row + progress.rows))
            builder.advance(progress.rows)
        }
        if let failure = progress.failure { try handle(failure, memory[failure.record]) }
        drop(progress.end)
        if progress.end > 0 { return true }
        guard filled == Self.capacity else { return false }
        let failure = RecordFailure(
            record: 0..<filled,
            position: 0,
            reason: .tooLong,
            column: ""
        )
        try handle(failure, memory[..<filled])
        isSkipping = true
        return true
    }

    /// Passes over bytes up to a newline; false if there is none yet.
    private func skipLine() -> Bool {
        let newline = memory[..<filled].firstIndex(of: UInt8(ascii: "\n"))
        drop(newline.map { $0 + 1 } ?? filled)
        if newline != nil { isSkipping = false }
        return newline != nil
    }

    /// Forgets the first bytes.
    private func drop(_ count: Int) {
        guard count > 0, let base = memory.baseAddress else { return }
        base.copyMemory(from: base + count, byteCount: filled - count)
        filled -= count
        offset += count
    }

    private func handle(
        _ failure: RecordFailure,
        _ raw: Slice<UnsafeMutableRawBufferPointer>
    ) throws(WeirError) {
        context.metrics.recordsMalformed += 1
        let source = "\(host):\(port)"
        let start = offset + failure.record.lowerBound
        switch onMalformed {
        case .skip: return
        case .fail:
            throw WeirError(
                .malformedRecord,
                "A record of \(failure.record.count) bytes cannot be decoded.",
                position: "\(source), record at byte \(start) of the connection",
                reason: failure.text,
                fix: MalformedPolicy.advice("onMalformed of SocketSource")
            )
        case .deadLetter:
            guard context.outputs.count > 1 else { return }
            DeadLetter.append(
                to: context.outputs[1].builder,
                source: source,
                offset: start,
                length: failure.record.count,
                failure: failure,
                operator: context.name,
                raw: UnsafeRawBufferPointer(UnsafeMutableRawBufferPointer(rebasing: raw))
            )
        }
    }

    private func advanceWatermark() {
        let time = watermarks.watermark
        guard time > emittedWatermark else { return }
        emittedWatermark = time
        emitWatermark(time)
    }
}

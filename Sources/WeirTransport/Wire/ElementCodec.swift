import WeirCore
import WeirData

/// Stream elements as frames: what a channel between two workers carries.
///
/// The frame's kind says which element, its stream which channel, its epoch the attempt.
///
/// ```
/// batch           BatchCodec
/// watermark       i64
/// status          u8
/// barrier         checkpoint u64 | purpose u8 | overtakes u8 | last completed u64 | age i64
/// latency marker  age i64 | source u32
/// end of input    nothing
/// ```
/// An age is what has passed since the barrier was triggered or the marker stamped, in nanoseconds: two
/// machines share no monotonic clock. One that no computer can have is refused, so that it can be reckoned
/// with.
public enum ElementCodec {
    /// The kind of a frame that carries an element.
    public enum Kind: UInt8, CaseIterable, Sendable {
        case batch = 1
        case watermark
        case status
        case barrier
        case latencyMarker
        case endOfInput
    }

    /// Appends the frame of an element that is sent at `now` (monotonic nanoseconds).
    public static func encode(
        _ element: StreamElement,
        stream: UInt32,
        attempt: Attempt,
        now: Int64,
        into writer: inout ByteWriter
    ) {
        let kind = kind(of: element).rawValue
        writer.appendFrame(kind: kind, stream: stream, epoch: attempt.number) { writer in
            switch element {
            case .batch(let batch): BatchCodec.encode(batch, into: &writer)
            case .watermark(let watermark): writer.append(integer: watermark.time)
            case .status(let status): writer.append(byte: status.rawValue)
            case .barrier(let barrier): encode(barrier, now: now, into: &writer)
            case .latencyMarker(let marker):
                writer.append(integer: now &- marker.stampedAt)
                writer.append(integer: marker.source)
            case .endOfInput: break
            }
        }
    }

    private static func kind(of element: StreamElement) -> Kind {
        switch element {
        case .batch: .batch
        case .watermark: .watermark
        case .status: .status
        case .barrier: .barrier
        case .latencyMarker: .latencyMarker
        case .endOfInput: .endOfInput
        }
    }

    private static func encode(
        _ barrier: CheckpointBarrier,
        now: Int64,
        into writer: inout ByteWriter
    ) {
        writer.append(integer: barrier.checkpoint.number)
        writer.append(byte: barrier.purpose.rawValue)
        writer.append(byte: barrier.isUnaligned ? 1 : 0)
        writer.append(integer: barrier.completed.number)
        writer.append(integer: now &- barrier.triggeredAt)
    }

    /// Reads an element of a channel whose batches have this schema; it came at `now` (monotonic
    /// nanoseconds).
    ///
    /// - Throws: `corruptBytes`, whatever the bytes are; `incompatibleState` for another schema.
    public static func decode(
        _ kind: Kind,
        _ payload: UnsafeRawBufferPointer,
        schema: Schema,
        attempt: Attempt,
        now: Int64
    ) throws(WeirError) -> StreamElement {
        var reader = ByteReader(payload)
        let element: StreamElement
        switch kind {
        case .batch: element = .batch(try BatchCodec.decode(&reader, schema: schema))
        case .watermark: element = .watermark(Watermark(try reader.readInteger()))
        case .status:
            let byte = try reader.readByte()
            guard let status = WatermarkStatus(rawValue: byte) else {
                throw reader.corrupt("watermark status \(byte)")
            }
            element = .status(status)
        case .barrier: element = .barrier(try decodeBarrier(&reader, attempt, now))
        case .latencyMarker:
            let age = try decodeAge(&reader)
            let source = try reader.readInteger(as: UInt32.self)
            element = .latencyMarker(LatencyMarker(stampedAt: now &- age, source: source))
        case .endOfInput: element = .endOfInput
        }
        try reader.finish()
        return element
    }

    private static func decodeBarrier(
        _ reader: inout ByteReader,
        _ attempt: Attempt,
        _ now: Int64
    ) throws(WeirError) -> CheckpointBarrier {
        let checkpoint = CheckpointID(try reader.readInteger())
        let byte = try reader.readByte()
        guard let purpose = CheckpointBarrier.Purpose(rawValue: byte) else {
            throw reader.corrupt("barrier purpose \(byte)")
        }
        let isUnaligned = try reader.readBoolean()
        return CheckpointBarrier(
            checkpoint: checkpoint,
            attempt: attempt,
            purpose: purpose,
            isUnaligned: isUnaligned,
            completed: CheckpointID(try reader.readInteger()),
            triggeredAt: now &- (try decodeAge(&reader))
        )
    }

    /// The oldest that anything is, in nanoseconds: 73 years.
    private static let oldestAge: Int64 = 1 << 61

    /// Reads an age; what was stamped since the sender last looked at its clock is a little below zero.
    private static func decodeAge(_ reader: inout ByteReader) throws(WeirError) -> Int64 {
        let age = try reader.readInteger(as: Int64.self)
        guard age.magnitude <= oldestAge.magnitude else {
            throw reader.corrupt("an age of \(age) ns")
        }
        return age
    }
}

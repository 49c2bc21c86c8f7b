import WeirCore
import WeirData

/// Stream elements as frames: what a channel between two workers carries.
///
/// The frame's kind says which element, its stream which channel.
///
/// ```
/// batch           BatchCodec
/// watermark       i64
/// status          u8
/// barrier         checkpoint u64 | attempt u64 | purpose u8 | overtakes u8 | triggered i64
/// latency marker  stamped i64 | source u32
/// end of input    nothing
/// ```
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

    /// Appends the frame of an element.
    public static func encode(
        _ element: StreamElement,
        stream: UInt32,
        into writer: inout ByteWriter
    ) {
        let kind = kind(of: element)
        writer.appendFrame(kind: kind.rawValue, stream: stream) { writer in
            switch element {
            case .batch(let batch): BatchCodec.encode(batch, into: &writer)
            case .watermark(let watermark): writer.append(integer: watermark.time)
            case .status(let status): writer.append(byte: status.rawValue)
            case .barrier(let barrier): encode(barrier, into: &writer)
            case .latencyMarker(let marker):
                writer.append(integer: marker.stampedAt)
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

    private static func encode(_ barrier: CheckpointBarrier, into writer: inout ByteWriter) {
        writer.append(integer: barrier.checkpoint.number)
        writer.append(integer: barrier.attempt.number)
        writer.append(byte: barrier.purpose.rawValue)
        writer.append(byte: barrier.isUnaligned ? 1 : 0)
        writer.append(integer: barrier.triggeredAt)
    }

    /// Reads an element of a channel whose batches have this schema.
    ///
    /// - Throws: `corruptBytes`, whatever the bytes are; `incompatibleState` for another schema.
    public static func decode(
        _ kind: Kind,
        _ payload: UnsafeRawBufferPointer,
        schema: Schema
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
        case .barrier: element = .barrier(try decodeBarrier(&reader))
        case .latencyMarker:
            let stampedAt = try reader.readInteger(as: Int64.self)
            let source = try reader.readInteger(as: UInt32.self)
            element = .latencyMarker(LatencyMarker(stampedAt: stampedAt, source: source))
        case .endOfInput: element = .endOfInput
        }
        try reader.finish()
        return element
    }

    private static func decodeBarrier(
        _ reader: inout ByteReader
    ) throws(WeirError) -> CheckpointBarrier {
        let checkpoint = CheckpointID(try reader.readInteger())
        let attempt = Attempt(try reader.readInteger())
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
            triggeredAt: try reader.readInteger()
        )
    }
}

import WeirCore
import WeirData
import WeirSnapshot

extension TaskEvent {
    private enum Tag: UInt8 {
        case running
        case reached
        case acknowledged
        case declined
        case ended
        case committed
        case failed
        case closed
        case metrics
        case latencies
    }

    func encode(into writer: inout ByteWriter) {
        writer.append(task: task)
        writer.append(integer: attempt.number)
        func append(_ tag: Tag, _ checkpoint: CheckpointID? = nil) {
            writer.append(byte: tag.rawValue)
            if let checkpoint { writer.append(integer: checkpoint.number) }
        }
        switch kind {
        case .running: append(.running)
        case .reached(let checkpoint, let phase):
            append(.reached, checkpoint)
            writer.append(string: phase.rawValue)
        case .acknowledged(let checkpoint, let snapshot):
            append(.acknowledged, checkpoint)
            writer.append(sized: snapshot.encoded())
        case .declined(let checkpoint, let error):
            append(.declined, checkpoint)
            writer.append(error)
        case .ended: append(.ended)
        case .committed(let checkpoint): append(.committed, checkpoint)
        case .failed(let error):
            append(.failed)
            writer.append(error)
        case .closed: append(.closed)
        case .metrics(let metrics):
            append(.metrics)
            metrics.encode(into: &writer)
        case .latencies(let ages):
            append(.latencies)
            writer.append(list: ages) { $1.append(integer: $0) }
        }
    }

    init(from reader: inout ByteReader) throws(WeirError) {
        let task = try reader.readTask()
        let attempt = Attempt(try reader.readInteger())
        let byte = try reader.readByte()
        guard let tag = Tag(rawValue: byte) else {
            throw reader.corrupt("the unknown event \(byte)")
        }
        self.init(task: task, attempt: attempt, kind: try Self.decode(tag, &reader))
    }

    private static func decode(
        _ tag: Tag,
        _ reader: inout ByteReader
    ) throws(WeirError) -> Kind {
        switch tag {
        case .running: return .running
        case .reached:
            let checkpoint = CheckpointID(try reader.readInteger())
            let text = try reader.readString()
            guard let phase = CheckpointPhase(rawValue: text) else {
                throw reader.corrupt("the unknown phase \(text.prefix(40))")
            }
            return .reached(checkpoint, phase)
        case .acknowledged:
            let checkpoint = CheckpointID(try reader.readInteger())
            let bytes = [UInt8](try reader.readSized())
            do throws(WeirError) {
                let snapshot = try TaskSnapshot(decoding: bytes, name: "a task's part")
                return .acknowledged(checkpoint, snapshot)
            } catch {
                throw reader.corrupt("\(error.message) \(error.reason)")
            }
        case .declined:
            let checkpoint = CheckpointID(try reader.readInteger())
            return .declined(checkpoint, try reader.readError())
        case .ended: return .ended
        case .committed: return .committed(CheckpointID(try reader.readInteger()))
        case .failed: return .failed(try reader.readError())
        case .closed: return .closed
        case .metrics: return .metrics(try TaskMetrics(from: &reader))
        case .latencies:
            return .latencies(
                try reader.readList(smallest: 8) { (reader) throws(WeirError) in
                    try reader.readInteger()
                }
            )
        }
    }
}

extension TaskMetrics {
    func encode(into writer: inout ByteWriter) {
        for number in [
            busyNanoseconds, idleNanoseconds, backpressuredNanoseconds, rowsIn, rowsOut, rowsLate,
            recordsMalformed, watermark, longestStepNanoseconds, Int64(queuedBatches),
        ] { writer.append(integer: number) }
        writer.append(double: progress)
        writer.append(list: channelWatermarks) { $1.append(integer: $0) }
    }

    init(from reader: inout ByteReader) throws(WeirError) {
        self.init()
        busyNanoseconds = try reader.readInteger()
        idleNanoseconds = try reader.readInteger()
        backpressuredNanoseconds = try reader.readInteger()
        rowsIn = try reader.readInteger()
        rowsOut = try reader.readInteger()
        rowsLate = try reader.readInteger()
        recordsMalformed = try reader.readInteger()
        watermark = try reader.readInteger()
        longestStepNanoseconds = try reader.readInteger()
        queuedBatches = Int(try reader.readInteger(as: Int64.self))
        let share = try reader.readDouble()
        // What is no number is unknown.
        progress = share.isFinite ? min(share, 1) : -1
        channelWatermarks = try reader.readList(smallest: 8) { (reader) throws(WeirError) in
            try reader.readInteger()
        }
    }
}

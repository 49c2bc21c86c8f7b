import Testing
import WeirCore
import WeirData
import WeirTransport

@Suite("Stream elements as frames")
struct ElementCodecTests {
    private let schema = Schema([
        ColumnDescriptor("number", id: 1, .int64),
        ColumnDescriptor("text", id: 2, .string, isNullable: true),
    ])

    private func batch(_ rows: Int) throws -> Batch {
        let batch = Batch(schema, capacity: max(1, rows))
        for row in 0..<rows {
            let text = row % 3 == 0 ? Value.null : .string("text number \(row)")
            try batch.append([.integer(Int64(row)), text], eventTime: Int64(row * 10))
        }
        return batch
    }

    private var elements: [StreamElement] {
        get throws {
            let barrier = CheckpointBarrier(
                checkpoint: CheckpointID(77),
                attempt: Attempt(3),
                purpose: .final,
                completed: CheckpointID(76),
                triggeredAt: -5
            )
            return [
                .batch(try batch(0)), .batch(try batch(100)), .watermark(Watermark(-1)),
                .watermark(.end), .status(.idle), .status(.finished), .barrier(barrier),
                .barrier(barrier.unaligned),
                .latencyMarker(LatencyMarker(stampedAt: 123_456_789, source: 4)), .endOfInput,
            ]
        }
    }

    /// What tests compare elements by.
    private func text(_ element: StreamElement) throws -> String {
        switch element {
        case .batch(let batch):
            let rows = RowSelection(batch)
            let values = try (0..<rows.count).map { index in
                "\(try batch.values(row: rows[index])) at \(batch.eventTimes[rows[index]])"
            }
            return "batch \(values)"
        default: return "\(element)"
        }
    }

    private func frames(_ elements: [StreamElement]) -> [UInt8] {
        var writer = ByteWriter()
        for (number, element) in elements.enumerated() {
            ElementCodec.encode(
                element,
                stream: UInt32(number),
                attempt: Attempt(3),
                now: 1_000,
                into: &writer
            )
        }
        return writer.array
    }

    @Test("come out as they went in")
    func roundTrip() throws {
        let sent = try elements
        var reader = FrameReader(peer: "a test", mostPayloadBytes: 1 << 20)
        frames(sent).withUnsafeBytes { reader.append($0) }
        var number = 0
        var received: [String] = []
        while try reader.next({ (frame) throws(WeirError) in
            guard let kind = ElementCodec.Kind(rawValue: frame.kind) else {
                throw WeirError(.protocolViolated, "kind \(frame.kind)")
            }
            let element = try ElementCodec.decode(
                kind,
                frame.payload,
                schema: schema,
                attempt: Attempt(frame.epoch),
                now: 1_000
            )
            #expect(frame.stream == UInt32(number))
            number += 1
            received.append((try? text(element)) ?? "none")
        }) {}
        #expect(received == (try sent.map(text)))
    }

    @Test("of an age that nothing can have are refused: nobody could reckon with it")
    func forgedAges() throws {
        for age: Int64 in [.min, .max, .min + 1, 1 << 61 + 1] {
            var barrier = ByteWriter()
            barrier.append(integer: UInt64(1))
            barrier.append(zeros: 2)
            barrier.append(integer: age)
            var marker = ByteWriter()
            marker.append(integer: age)
            marker.append(integer: UInt32(1))
            for (kind, payload) in [
                (ElementCodec.Kind.barrier, barrier.array), (.latencyMarker, marker.array),
            ] {
                let error = #expect(throws: WeirError.self) {
                    _ = try payload.withReader { reader throws(WeirError) in
                        try ElementCodec.decode(
                            kind,
                            reader.bytes,
                            schema: schema,
                            attempt: Attempt(1),
                            now: 5
                        )
                    }
                }
                #expect(error?.code == .corruptBytes)
            }
        }
    }

    @Test("keep their age, whatever the clock of the other machine shows")
    func ages() throws {
        let barrier = CheckpointBarrier(
            checkpoint: CheckpointID(1),
            attempt: Attempt(2),
            triggeredAt: 500
        )
        for element in [
            StreamElement.barrier(barrier),
            .latencyMarker(LatencyMarker(stampedAt: 500, source: 1)),
        ] {
            var writer = ByteWriter()
            ElementCodec.encode(
                element,
                stream: 0,
                attempt: Attempt(2),
                now: 800,
                into: &writer
            )
            var reader = FrameReader(peer: "a test", mostPayloadBytes: 1000)
            reader.append(writer.bytes)
            var moments: [Int64] = []
            _ = try reader.next { (frame) throws(WeirError) in
                let decoded = try ElementCodec.decode(
                    ElementCodec.Kind(rawValue: frame.kind) ?? .batch,
                    frame.payload,
                    schema: schema,
                    attempt: Attempt(frame.epoch),
                    now: 90_000
                )
                if case .barrier(let barrier) = decoded { moments.append(barrier.triggeredAt) }
                if case .latencyMarker(let marker) = decoded { moments.append(marker.stampedAt) }
            }
            #expect(moments == [89_700])
        }
    }

    @Test("from changed bytes whose checksum is right are refused or are elements, never a trap")
    func hostile() throws {
        var random = SplitMix64(seed: 11)
        var refused = 0
        for element in try elements {
            var writer = ByteWriter()
            ElementCodec.encode(
                element,
                stream: 0,
                attempt: Attempt(3),
                now: 0,
                into: &writer
            )
            let payload = Array(writer.array[24...])
            for _ in 0..<20_000 {
                let kind = try #require(ElementCodec.Kind.allCases.randomElement(using: &random))
                let bytes = changed(payload, &random)
                do {
                    try bytes.withUnsafeBytes { buffer in
                        _ = try ElementCodec.decode(
                            kind,
                            buffer,
                            schema: schema,
                            attempt: Attempt(3),
                            now: 0
                        )
                    }
                } catch let error as WeirError {
                    refused += 1
                    #expect([.corruptBytes, .incompatibleState].contains(error.code))
                }
            }
        }
        #expect(refused > 100_000)
    }

    private func changed(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
        case 1: bytes.append(UInt8.random(in: 0...255, using: &random))
        default: break
        }
        for _ in 0..<Int.random(in: 0..<4, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            bytes[index] = UInt8.random(in: 0...255, using: &random)
        }
        return bytes
    }
}

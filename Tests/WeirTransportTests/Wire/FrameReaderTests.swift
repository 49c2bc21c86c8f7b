import Testing
import WeirCore
import WeirData
import WeirTransport

@Suite("Frames")
struct FrameReaderTests {
    private struct Sent: Equatable {
        let kind: UInt8
        let stream: UInt32
        var epoch: UInt64 = 7
        let payload: [UInt8]
    }

    private func encode(_ frames: [Sent]) -> [UInt8] {
        var writer = ByteWriter()
        for frame in frames {
            writer.appendFrame(
                kind: frame.kind,
                stream: frame.stream,
                epoch: frame.epoch
            ) { $0.append(bytes: frame.payload) }
        }
        return writer.array
    }

    private func takeAll(_ reader: inout FrameReader) throws -> [Sent] {
        var taken: [Sent] = []
        while try reader.next({ frame in
            taken.append(
                Sent(
                    kind: frame.kind,
                    stream: frame.stream,
                    epoch: frame.epoch,
                    payload: [UInt8](frame.payload)
                )
            )
        }) {}
        return taken
    }

    private func bytes(_ count: Int, _ random: inout SplitMix64) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    @Test("come out as they went in, however the bytes are cut", arguments: 0..<40 as Range<UInt64>)
    func cuts(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let frames = (0..<30).map { _ in
            let length = Bool.random(using: &random) ? 20 : 200_000
            return Sent(
                kind: UInt8.random(in: 0...255, using: &random),
                stream: UInt32.random(in: 0...UInt32.max, using: &random),
                epoch: UInt64.random(in: 0...UInt64.max, using: &random),
                payload: self.bytes(Int.random(in: 0...length, using: &random), &random)
            )
        }
        let bytes = encode(frames)
        var reader = FrameReader(peer: "a test", mostPayloadBytes: 1 << 20)
        var taken: [Sent] = []
        var position = 0
        while position < bytes.count {
            let most = Bool.random(using: &random) ? 7 : 100_000
            let end = min(bytes.count, position + Int.random(in: 1...most, using: &random))
            bytes[position..<end].withUnsafeBytes { reader.append($0) }
            position = end
            taken += try takeAll(&reader)
        }
        #expect(taken == frames, "seed \(seed)")
        var hasRest = reader.hasRest
        #expect(!hasRest)
        // What a long frame needed is given back.
        [0].withUnsafeBytes { reader.append($0) }
        let memory = reader.memoryBytes
        hasRest = reader.hasRest
        #expect(hasRest)
        #expect(memory == FrameReader.readBytes)
    }

    @Test("with any bit flipped are not delivered")
    func flips() throws {
        let frame = Sent(kind: 3, stream: 70_000, payload: Array(0..<40))
        let bytes = encode([frame])
        #expect(bytes.count == 64)
        for bit in 0..<(bytes.count * 8) {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            var reader = FrameReader(peer: "a test", mostPayloadBytes: 1 << 20)
            damaged.withUnsafeBytes { reader.append($0) }
            do {
                // A length that is too large waits for bytes that do not come.
                #expect(try takeAll(&reader).isEmpty, "bit \(bit)")
                let hasRest = reader.hasRest
                #expect(hasRest)
            } catch let error as WeirError {
                #expect(error.code == .protocolViolated)
            }
        }
    }

    @Test("of garbage are refused, in bounded memory", arguments: 0..<200 as Range<UInt64>)
    func garbage(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var reader = FrameReader(peer: "a test", mostPayloadBytes: 4096)
        var isRefused = false
        for _ in 0..<50 {
            let bytes = self.bytes(Int.random(in: 1...9000, using: &random), &random)
            bytes.withUnsafeBytes { reader.append($0) }
            do {
                #expect(try takeAll(&reader).isEmpty)
            } catch let error as WeirError {
                #expect(error.code == .protocolViolated)
                #expect(error.message.contains("a test sent"))
                isRefused = true
                break
            }
        }
        #expect(isRefused, "seed \(seed)")
        let memory = reader.memoryBytes
        #expect(memory <= FrameReader.readBytes)
    }

    @Test("that are too long are refused by their header; memory follows what has come")
    func lengths() throws {
        let long = encode([Sent(kind: 1, stream: 0, payload: [UInt8](repeating: 7, count: 5000))])
        var reader = FrameReader(peer: "a test", mostPayloadBytes: 4999)
        long[..<24].withUnsafeBytes { reader.append($0) }
        var code: ErrorCode?
        do { _ = try takeAll(&reader) } catch let error as WeirError { code = error.code }
        #expect(code == .protocolViolated)
        // 512 MiB are announced, and a little comes.
        var writer = ByteWriter()
        writer.append(integer: UInt32(512 << 20))
        writer.append(zeros: 20)
        var patient = FrameReader(peer: "a test", mostPayloadBytes: 1 << 30)
        patient.append(writer.bytes)
        let some = [UInt8](repeating: 1, count: 1000)
        for _ in 0..<50 {
            some.withUnsafeBytes { patient.append($0) }
            #expect(try takeAll(&patient).isEmpty)
        }
        let memory = patient.memoryBytes
        #expect(memory <= 2 * FrameReader.readBytes)
    }

    @Test("begin with these bytes")
    func golden() {
        let bytes = encode([Sent(kind: 2, stream: 258, payload: [9])])
        #expect(Array(bytes[..<12]) == [1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 0, 0])
        #expect(Array(bytes[12..<20]) == [7, 0, 0, 0, 0, 0, 0, 0])
        #expect(bytes.count == 25)
        #expect(bytes[24] == 9)
    }
}

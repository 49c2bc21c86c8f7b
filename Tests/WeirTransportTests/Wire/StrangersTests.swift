import Testing
import WeirCore
import WeirData
import WeirTransport

@Suite("Connections of strangers")
struct StrangersTests {
    private func connection(_ line: SilentLine) -> FramedConnection {
        FramedConnection(line, peer: "a stranger", mostPayloadBytes: 1024)
    }

    @Test("give way in the order in which they came, those that said something last")
    func order() {
        var strangers = Strangers<Int>(most: 3)
        let lines = (0..<7).map { _ in SilentLine() }
        for token in 1...3 {
            strangers.add(connection(lines[token]), token: token, deadline: Int64(token))
        }
        strangers[1]?.claim = 10
        strangers[3]?.claim = 30
        strangers.add(connection(lines[4]), token: 4, deadline: 4)
        #expect(strangers.all.map(\.token) == [1, 3, 4])
        strangers.add(connection(lines[5]), token: 5, deadline: 5)
        #expect(strangers.all.map(\.token) == [1, 3, 5])
        strangers[5]?.claim = 50
        // All have said something: the oldest goes.
        strangers.add(connection(lines[6]), token: 6, deadline: 6)
        #expect(strangers.all.map(\.token) == [3, 5, 6])
        #expect(lines.map(\.isClosed) == [false, true, true, false, true, false, false])
    }

    @Test("go when their time is over, and are forgotten when somebody takes them")
    func endings() {
        var strangers = Strangers<Int>(most: 9)
        let lines = (0..<4).map { _ in SilentLine() }
        for token in 0..<4 {
            strangers.add(connection(lines[token]), token: token, deadline: Int64(10 - token))
        }
        #expect(strangers.deadline == 7)
        if let taken = strangers[2] { strangers.remove(taken) }
        strangers.dropOverdue(at: 9)
        #expect(strangers.all.map(\.token) == [0])
        #expect(lines.map(\.isClosed) == [false, true, false, true])
        let outcomes = [strangers.dropOne(), strangers.dropOne()]
        #expect(outcomes == [true, false])
        #expect(strangers.deadline == nil)
        #expect(strangers[0] == nil)
    }

    @Test("cost little memory before they may send much")
    func memory() throws {
        var reader = FrameReader(peer: "a stranger", mostPayloadBytes: 1024)
        var writer = ByteWriter()
        writer.appendFrame(kind: 1, stream: 2, epoch: 3) { $0.append(zeros: 1024) }
        let first = reader.memoryBytes
        #expect(first <= 2048)
        for index in 0..<writer.count {
            reader.append(UnsafeRawBufferPointer(rebasing: writer.bytes[index...index]))
        }
        let filled = reader.memoryBytes
        #expect(filled <= 4096)
        var lengths: [Int] = []
        _ = try reader.next { lengths.append($0.payload.count) }
        // What follows may be longer.
        reader.mostPayloadBytes = 1 << 20
        reader.append(writer.bytes)
        _ = try reader.next { lengths.append($0.payload.count) }
        #expect(lengths == [1024, 1024])
        let later = reader.memoryBytes
        #expect(later == FrameReader.readBytes)
    }
}

/// A connection on which nothing comes.
// SAFETY: one thread uses it.
private final class SilentLine: Connection, @unchecked Sendable {
    var isClosed = false
    let peerName = "nobody"

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(WeirError) -> Int? { nil }

    func write(_ bytes: UnsafeRawBufferPointer) throws(WeirError) -> Int { bytes.count }

    func waitReadable(until deadline: Int64) {}

    func close() { isClosed = true }
}

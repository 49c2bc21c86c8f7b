import Testing
import WeirConnectors
import WeirCore
import WeirData
import WeirOperators
import WeirSimulation

@Suite struct SocketSourceTests {
    private let schema = nullable(("a", .int64))

    @Test("lines of a peer become rows, in whatever pieces they arrive", arguments: 0..<10)
    func lines(seed: UInt64) throws {
        let world = SimulatedWorld(seed: seed)
        let listener = try world.network.listen(host: "localhost", port: 9000)
        let harness = try source(world, onMalformed: .deadLetter)
        let peer = try #require(try listener.accept())
        var text = (0..<200).map { "{\"a\":\($0)}\n" }.joined() + "bad\n"
        text += "{\"a\":200}"
        var rest = [UInt8](text.utf8)[...]
        while !rest.isEmpty {
            rest = rest.dropFirst(try rest.withUnsafeBytes { try peer.write($0) })
            world.advance(by: 100_000)
            #expect(try harness.poll() != .finished)
        }
        peer.close()
        var status = SourceStatus.ready
        for _ in 0..<1000 where status != .finished {
            world.advance(by: 1_000_000)
            status = try harness.poll()
        }
        #expect(status == .finished)
        #expect(harness.outputs[0].rows == (0...200).map { [.integer(Int64($0))] })
        #expect(harness.outputs[1].rows.map { $0[5] } == ["the record is not a JSON object"])
    }

    @Test("a malformed line fails the job with the place in the connection")
    func malformed() throws {
        let world = SimulatedWorld(seed: 3)
        let listener = try world.network.listen(host: "localhost", port: 9000)
        let harness = try source(world, onMalformed: .fail)
        let peer = try #require(try listener.accept())
        _ = try [UInt8]("x\n".utf8).withUnsafeBytes { try peer.write($0) }
        peer.close()
        #expect {
            for _ in 0..<1000 {
                world.advance(by: 1_000_000)
                _ = try harness.poll()
            }
        } throws: { error in
            let error = error as? WeirError
            return error?.code == .malformedRecord
                && error?.position == "localhost:9000, record at byte 0 of the connection"
        }
    }

    private func source(
        _ world: SimulatedWorld,
        onMalformed: MalformedPolicy
    ) throws -> OperatorHarness {
        try OperatorHarness(
            SocketSource(
                host: "localhost",
                port: 9000,
                format: .json,
                schema: schema,
                onMalformed: onMalformed
            ),
            world,
            outputs: [schema, DeadLetter.schema]
        )
    }
}

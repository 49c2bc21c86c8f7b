import Testing
import WeirCore
import WeirData
import WeirPlan

@Suite("A graph as bytes")
struct StreamGraphCodecTests {
    private let schema = Schema([
        ColumnDescriptor("key", id: 1, .int64),
        ColumnDescriptor("text", id: 2, .string, isNullable: true),
    ])

    private func node(
        _ number: Int,
        _ role: StreamNode.Role,
        _ inputs: [StreamNode.Input],
        key: [Int]? = nil
    ) -> StreamNode {
        StreamNode(
            number: number,
            path: "path \(number)",
            name: "node \(number)",
            role: role,
            parallelism: number == 1 ? 3 : nil,
            inputs: inputs,
            outputs: role == .sink ? [] : [schema],
            keyColumns: key,
            isStateful: key != nil,
            allowsChaining: number != 2
        )
    }

    private func graph() throws -> StreamGraph {
        let exchanges: [Exchange] = [
            .forward, .rebalance, .broadcast, .pull, .hash(columns: [0, 1]),
        ]
        var nodes = [node(0, .source, [])]
        for exchange in exchanges {
            let input = StreamNode.Input(source: 0, output: 0, exchange: exchange, input: 0)
            nodes.append(node(nodes.count, .transformation, [input], key: [1, 0]))
        }
        let last = StreamNode.Input(source: 1, output: 0, exchange: .forward, input: 1)
        return try StreamGraph(name: "graph", nodes: nodes + [node(6, .sink, [last])])
    }

    @Test("comes out as it went in, with the same fingerprint")
    func roundTrip() throws {
        let graph = try graph()
        let decoded = try StreamGraph(decoding: graph.encoded())
        #expect(decoded == graph)
        #expect(decoded.fingerprint == graph.fingerprint)
    }

    @Test("from hostile bytes is refused or is a graph, never a trap", arguments: 1...4)
    func hostile(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let whole = try graph().encoded()
        var refused = 0
        for _ in 0..<10_000 {
            var bytes = whole
            if Int.random(in: 0..<4, using: &random) == 0 {
                bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
            }
            for _ in 0..<Int.random(in: 1..<4, using: &random) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] = UInt8.random(in: 0...255, using: &random)
            }
            do { _ = try StreamGraph(decoding: bytes) } catch { refused += 1 }
        }
        #expect(refused > 1000)
    }
}

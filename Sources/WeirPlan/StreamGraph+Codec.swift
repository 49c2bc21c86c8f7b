import WeirCore
import WeirData

/// A program's graph as bytes: what a job's executable prints for the job manager.
///
/// ```
/// "WEIRPLAN" | version u16 | name string | nodes: count, then each
///     path string | name string | role string | parallelism count (0: the job's) | chaining u8
///     | stateful u8 | keys u8, then count and columns | inputs: count, then each
///         source count | output count | input count | exchange u8, for hash: count and columns
///     | outputs: count, then each a schema
/// ```
/// Counts and lengths are varints, integers little endian.
extension StreamGraph {
    /// The version that is written.
    public static let codecVersion: UInt16 = 1
    private static let magic: UInt64 = 0x4E41_4C50_5249_4557

    /// The bytes.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.append(integer: Self.magic)
        writer.append(integer: Self.codecVersion)
        writer.append(string: name)
        writer.append(count: nodes.count)
        for node in nodes { node.encode(into: &writer) }
        return writer.array
    }

    /// Reads what `encoded` made.
    ///
    /// - Throws: `corruptBytes`, whatever the bytes are; `badGraph`, `ambiguousName` for a graph that
    ///   no program makes.
    public init(decoding bytes: [UInt8]) throws(WeirError) {
        let (name, nodes) = try bytes.withReader { reader throws(WeirError) in
            try Self.decode(&reader)
        }
        try self.init(name: name, nodes: nodes)
    }

    private static func decode(
        _ reader: inout ByteReader
    ) throws(WeirError) -> (String, [StreamNode]) {
        guard try reader.readInteger(as: UInt64.self) == magic else {
            throw reader.corrupt("it does not begin as a plan does")
        }
        let version = try reader.readInteger(as: UInt16.self)
        guard version == codecVersion else {
            throw reader.corrupt("version \(version), not \(codecVersion)")
        }
        let name = try reader.readString()
        var nodes: [StreamNode] = []
        for number in 0..<(try reader.readCount(elementSize: 9)) {
            nodes.append(try StreamNode(number: number, from: &reader))
        }
        try reader.finish()
        return (name, nodes)
    }
}

extension StreamNode {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.append(string: path)
        writer.append(string: name)
        writer.append(string: role.rawValue)
        writer.append(count: parallelism ?? 0)
        writer.append(byte: allowsChaining ? 1 : 0)
        writer.append(byte: isStateful ? 1 : 0)
        writer.append(byte: keyColumns == nil ? 0 : 1)
        if let keyColumns { writer.append(columns: keyColumns) }
        writer.append(count: inputs.count)
        for input in inputs {
            writer.append(count: input.source)
            writer.append(count: input.output)
            writer.append(count: input.input)
            input.exchange.encode(into: &writer)
        }
        writer.append(count: outputs.count)
        for schema in outputs { SchemaCodec.encode(schema, into: &writer) }
    }

    fileprivate init(number: Int, from reader: inout ByteReader) throws(WeirError) {
        let path = try reader.readString()
        let name = try reader.readString()
        let text = try reader.readString()
        guard let role = Role(rawValue: text) else {
            throw reader.corrupt("the unknown role \(text.prefix(40))")
        }
        let parallelism = try reader.readNumber()
        let allowsChaining = try reader.readBoolean()
        let isStateful = try reader.readBoolean()
        let keyColumns = try reader.readBoolean() ? try reader.readColumns() : nil
        var inputs: [Input] = []
        for _ in 0..<(try reader.readCount(elementSize: 4)) {
            let source = try reader.readNumber()
            let output = try reader.readNumber()
            let input = try reader.readNumber()
            let exchange = try Exchange(from: &reader)
            inputs.append(
                Input(source: source, output: output, exchange: exchange, input: input)
            )
        }
        var outputs: [Schema] = []
        for _ in 0..<(try reader.readCount(elementSize: 2)) {
            outputs.append(try SchemaCodec.decode(&reader))
        }
        self.init(
            number: number,
            path: path,
            name: name,
            role: role,
            parallelism: parallelism == 0 ? nil : parallelism,
            inputs: inputs,
            outputs: outputs,
            keyColumns: keyColumns,
            isStateful: isStateful,
            allowsChaining: allowsChaining
        )
    }
}

extension Exchange {
    fileprivate func encode(into writer: inout ByteWriter) {
        switch self {
        case .forward: writer.append(byte: 0)
        case .rebalance: writer.append(byte: 1)
        case .broadcast: writer.append(byte: 2)
        case .pull: writer.append(byte: 3)
        case .hash(let columns):
            writer.append(byte: 4)
            writer.append(columns: columns)
        }
    }

    fileprivate init(from reader: inout ByteReader) throws(WeirError) {
        switch try reader.readByte() {
        case 0: self = .forward
        case 1: self = .rebalance
        case 2: self = .broadcast
        case 3: self = .pull
        case 4: self = .hash(columns: try reader.readColumns())
        case let other: throw reader.corrupt("the unknown exchange \(other)")
        }
    }
}

extension ByteWriter {
    fileprivate mutating func append(columns: [Int]) {
        append(count: columns.count)
        for column in columns { append(count: column) }
    }
}

extension ByteReader {
    /// A number that is no count of what follows.
    fileprivate mutating func readNumber() throws(WeirError) -> Int {
        let number = try readVarint()
        guard number < 1 << 20 else { throw corrupt("the number \(number), which is too large") }
        return Int(number)
    }

    fileprivate mutating func readColumns() throws(WeirError) -> [Int] {
        var columns: [Int] = []
        for _ in 0..<(try readCount()) { columns.append(try readNumber()) }
        return columns
    }
}

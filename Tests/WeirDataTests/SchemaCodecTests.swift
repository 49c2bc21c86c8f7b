import Testing
import WeirCore
import WeirData

@Suite struct SchemaCodecTests {
    private let everything = Schema(
        RandomRows.types.enumerated().map { index, type in
            ColumnDescriptor("c\(index)", id: 100 + index, type, isNullable: index % 2 == 1)
        }
    )

    @Test("a schema of all types comes back")
    func roundTrip() throws {
        #expect(try SchemaCodec.decode(SchemaCodec.encode(everything)) == everything)
    }

    @Test("the format of version 1 has these bytes")
    func golden() {
        #expect(hexadecimal(SchemaCodec.encode(everything)) == Self.goldenBytes)
    }

    @Test("golden bytes of version 1 are still read")
    func readGolden() throws {
        var bytes: [UInt8] = []
        var rest = Self.goldenBytes[...]
        while !rest.isEmpty {
            bytes.append(try #require(UInt8(rest.prefix(2), radix: 16)))
            rest = rest.dropFirst(2)
        }
        #expect(try SchemaCodec.decode(bytes) == everything)
    }

    @Test("a newer version is refused by name")
    func newer() {
        #expect {
            try SchemaCodec.decode([2, 0])
        } throws: {
            ($0 as? WeirError)?.code == .snapshotVersion
        }
    }

    @Test("changed or cut bytes are an error or another schema, never a trap")
    func hostile() {
        let original = SchemaCodec.encode(everything)
        var rows = RandomRows(seed: 7)
        for _ in 0..<5000 {
            var bytes = original
            if rows.chance(30) { bytes.removeLast(rows.below(bytes.count)) }
            if !bytes.isEmpty {
                bytes[rows.below(bytes.count)] = UInt8(truncatingIfNeeded: rows.random.next())
            }
            _ = try? SchemaCodec.decode(bytes)
        }
        #expect(throws: WeirError.self) {
            try SchemaCodec.decode([1, 1, 1, 97, 1, 0] + [UInt8](repeating: 16, count: 1000))
        }
    }

    @Test("the fingerprint ignores names and sees ids, types and nullability")
    func fingerprint() {
        let a = Schema([ColumnDescriptor("a", id: 1, .int32)])
        #expect(a.fingerprint == Schema([ColumnDescriptor("b", id: 1, .int32)]).fingerprint)
        #expect(a.fingerprint != Schema([ColumnDescriptor("a", id: 2, .int32)]).fingerprint)
        #expect(a.fingerprint != Schema([ColumnDescriptor("a", id: 1, .date)]).fingerprint)
    }

    static let goldenBytes =
        "01150263306400010263316501020263326600030263336701040263346800050263356901060263"
        + "366a00070263376b01080a020263386c000826120263396d0109036331306e000a036331316f010b"
        + "0363313270000c030363313371010d03000363313472000d06010363313573010d09000363313674"
        + "000e0363313775010f03633138760010040363313977011109070363323078001202016105016210"
        + "09"
}

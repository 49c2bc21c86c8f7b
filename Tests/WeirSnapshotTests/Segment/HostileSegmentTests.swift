import CWeirIntrinsics
import Testing
import WeirCore
import WeirSnapshot

@Suite("Hostile segments")
struct HostileSegmentTests {
    /// Makes every checksum of a segment right again, as far as the bytes still tell where they are.
    static func recomputed(_ bytes: [UInt8], tableAt table: Int) -> [UInt8] {
        var bytes = bytes
        store(checksum(bytes[0..<12]), in: &bytes, at: 12)
        var entry = table
        while entry + 24 <= bytes.count - 40 {
            let offset = Int(truncatingIfNeeded: load(bytes, at: entry, bytes: 8))
            let length = load(bytes, at: entry + 8, bytes: 4)
            if offset >= 16, offset < table, offset + 16 + length <= table {
                let sum = checksum(
                    bytes[offset..<offset + 12] + bytes[offset + 16..<offset + 16 + length]
                )
                store(sum, in: &bytes, at: offset + 12)
                store(sum, in: &bytes, at: entry + 20)
            }
            entry += 24
        }
        store(checksum(bytes[table..<bytes.count - 12]), in: &bytes, at: bytes.count - 12)
        return bytes
    }

    static func checksum(_ bytes: some Collection<UInt8>) -> UInt32 {
        Array(bytes).withUnsafeBytes { weir_crc32c(0, $0.baseAddress, $0.count) }
    }

    static func store(_ value: UInt32, in bytes: inout [UInt8], at offset: Int) {
        for index in 0..<4 {
            bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
        }
    }

    static func load(_ bytes: [UInt8], at offset: Int, bytes count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) } & .max
    }

    @Test("bytes with right checksums and wrong content are read or refused, never more")
    func recomputedChecksums() throws {
        let seed: UInt64 = 20_261_122
        var random = SplitMix64(seed: seed)
        let good = SegmentTests.bytes(
            SegmentTests.image(SegmentTests.entries(60, seed: 8, longest: 40))
        )
        let table = good.count - 64
        var refused = 0
        for _ in 0..<30_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let values: [UInt8] = [
                    0, 1, 0x7F, 0x80, 0xFF, .random(in: 0...255, using: &random),
                ]
                bytes[place] = values[Int.random(in: 0..<values.count, using: &random)]
            }
            bytes = Self.recomputed(bytes, tableAt: table)
            do {
                _ = try SegmentTests.read(bytes, in: KeyGroupRange(0, 128))
            } catch let error as WeirError {
                refused += 1
                #expect(error.code == .corruptSnapshot || error.code == .snapshotVersion)
            }
        }
        #expect(refused > 3_000, "of 30000, seed \(seed)")
    }

    @Test("a segment of a later format version is refused by its number")
    func laterVersion() {
        var bytes = SegmentTests.bytes(SegmentTests.image([]))
        bytes[8] = 2
        Self.store(Self.checksum(bytes[0..<12]), in: &bytes, at: 12)
        let error = #expect(throws: WeirError.self) {
            try SegmentTests.read(bytes, in: KeyGroupRange(0, 128))
        }
        #expect(error?.code == .snapshotVersion)
        #expect(error?.message == "chk-7/s has format version 2, this Weir reads 1.")
    }
}

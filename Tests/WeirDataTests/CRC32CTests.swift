import CWeirIntrinsics
import Testing
import WeirCore

@Suite("CRC32C")
struct CRC32CTests {
    /// Bit by bit, as the definition says.
    private func reference(_ seed: UInt32, _ bytes: ArraySlice<UInt8>) -> UInt32 {
        var crc = ~seed
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
        }
        return ~crc
    }

    private func both(_ seed: UInt32, _ bytes: ArraySlice<UInt8>) -> (UInt32, UInt32) {
        bytes.withUnsafeBytes { buffer in
            (
                weir_crc32c(seed, buffer.baseAddress, buffer.count),
                weir_crc32c_portable(seed, buffer.baseAddress, buffer.count)
            )
        }
    }

    @Test(
        "the examples of RFC 3720, appendix B.4",
        arguments: [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            ([UInt8](0..<32), 0x46DD_794E),
            ([UInt8](0..<32).reversed(), 0x113F_DB5C),
            (Array("123456789".utf8), 0xE306_9283),
            ([], 0),
        ] as [([UInt8], UInt32)]
    )
    func examples(bytes: [UInt8], expected: UInt32) {
        #expect(both(0, bytes[...]) == (expected, expected))
    }

    @Test("both ways agree with the definition at random lengths, alignments and seeds")
    func random() {
        var random = SplitMix64(seed: 3720)
        let bytes = (0..<60_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        // Around the lengths where three streams begin, and at random ones.
        var lengths = [0, 1, 7, 8, 9, 767, 768, 769, 12_287, 12_288, 12_289, 13_056, 50_000]
        for _ in 0..<150 { lengths.append(Int(random.next() % 20_000)) }
        for length in lengths {
            let start = Int(random.next() % 64)
            let seed = UInt32(truncatingIfNeeded: random.next())
            let part = bytes[start..<start + length]
            let expected = reference(seed, part)
            #expect(both(seed, part) == (expected, expected), "length \(length), start \(start)")
        }
    }

    @Test("a checksum goes on from the one before")
    func continued() {
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let whole = both(0, bytes[...]).0
        for cut in [0, 1, 13, 768, 4999, 5000] {
            #expect(both(both(0, bytes[..<cut]).0, bytes[cut...]).0 == whole)
        }
    }
}

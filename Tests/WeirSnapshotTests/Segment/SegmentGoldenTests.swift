import Testing
import WeirCore
import WeirSnapshot

@Suite("The bytes of segments")
struct SegmentGoldenTests {
    @Test("version 1 is written as it always was")
    func versionOne() {
        let image = SegmentTests.image([
            .init(group: 1, state: 2, key: [0xAA], value: [0xBB, 0xCC]),
            .init(group: 0x0103, state: 0x0204, key: [], value: nil),
        ])
        let hex = SegmentTests.bytes(image).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        let expected = [
            // The header.
            "574549525345470a0100000051408b99",
            // The block header.
            "0f000000020000000100030145ed4c6b",
            // The two entries.
            "010002000103aabbcc030104020000",
            // The table.
            "10000000000000000f000000020000000100030145ed4c6b",
            // The trailer.
            "010000000000000002000000000000006f00000000000000010003011ae01a4157454952454e440a",
        ]
        #expect(hex.joined() == expected.joined())
    }
}

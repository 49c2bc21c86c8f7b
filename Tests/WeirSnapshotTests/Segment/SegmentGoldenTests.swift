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
        #expect(hex.joined() == "")
    }
}

import Testing
import WeirCore
import WeirSnapshot

@Suite("Runs of entries in a segment")
struct SegmentRunTests {
    @Test(
        "a run is the same bytes as its entries one by one",
        arguments: [(8, 8), (16, 0), (8, 120)]
    )
    func runEqualsEntries(keyLength: Int, valueLength: Int) {
        let seed: UInt64 = 11
        print("seed \(seed)")
        var random = SplitMix64(seed: seed)
        let width = keyLength + valueLength
        let words = (0..<2000 * width / 8).map { _ in random.next() }
        let run = SegmentBuilder()
        let single = SegmentBuilder()
        words.withUnsafeBytes { bytes in
            for entry in 0..<2000 {
                let key = UnsafeRawBufferPointer(
                    rebasing: bytes[entry * width..<entry * width + keyLength]
                )
                let value = UnsafeRawBufferPointer(
                    rebasing: bytes[entry * width + keyLength..<(entry + 1) * width]
                )
                single.append(keyGroup: UInt16(entry / 5), state: 3, key: key, value: value)
            }
            guard let start = bytes.baseAddress else { return }
            for first in stride(from: 0, to: 2000, by: 5) {
                run.appendRun(
                    keyGroup: UInt16(first / 5),
                    state: 3,
                    keyLength: keyLength,
                    valueLength: valueLength,
                    count: 5
                ) { start + (first + $0) * width }
            }
        }
        #expect(run.entryCount == 2000)
        // Blocks may end at other entries, so what counts is the entries in a row.
        #expect(payload(run.finish()) == payload(single.finish()))
    }

    private func payload(_ image: SegmentImage) -> [UInt8] {
        image.blocks.dropFirst().dropLast().flatMap { $0.dropFirst(16) }
    }
}

import Testing
import WeirCore

@Suite("The hash of keys")
struct KeyHashTests {
    @Test("never changes: snapshots depend on it")
    func goldenValues() {
        #expect(KeyHash.version == 1)
        #expect(KeyHash.hash(0) == 0x1ff5_c292_3a78_8d2c)
        let counting = (0..<40).map { UInt8($0) }
        let hashes = [0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 32, 33, 40].map { count in
            counting[..<count].withUnsafeBytes { KeyHash.hash($0) }
        }
        let expected: [UInt64] = [
            0x903a_04cc_057a_5d05,
            0x94c1_d8a6_4679_fa4a,
            0x0100_5f25_a083_229d,
            0x48f3_ce5d_756a_7675,
            0xede4_f640_660b_7ff1,
            0x9266_224e_e9fc_88ca,
            0xbfbf_7791_d699_5cea,
            0x0f06_7054_c7ad_4b26,
            0x2328_72c6_ac80_be5b,
            0xd45f_e7c5_bd84_5059,
            0xd944_cc01_2ab4_cf52,
            0x23d7_cc6a_f194_ba7d,
            0x76fc_b574_6597_b8e8,
        ]
        #expect(hashes == expected)
    }

    @Test("gives eight and sixteen bytes the same hash as their integers")
    func formsAgree() {
        var random = SplitMix64(seed: 3)
        for _ in 0..<100 {
            let first = random.next()
            let second = random.next()
            let eight = withUnsafeBytes(of: first.littleEndian) { KeyHash.hash($0) }
            #expect(eight == KeyHash.hash(first))
            let pair = (first.littleEndian, second.littleEndian)
            let sixteen = withUnsafeBytes(of: pair) { KeyHash.hash($0) }
            #expect(sixteen == KeyHash.hash(first, second))
        }
    }

    @Test(
        "spreads regular keys over key groups and slots",
        arguments: [1, 1 << 8, 1 << 16, 1 << 24, 1 << 32, 1 << 40, 1000, 3_600_000] as [UInt64]
    )
    func spreadsRegularKeys(step: UInt64) {
        let count = 1 << 18
        var buckets = [Int](repeating: 0, count: 1 << 14)
        for number in 0..<count {
            let hash = KeyHash.hash(UInt64(number) &* step)
            let group = Int(KeyGroup(hash: hash, maxParallelism: 128).number)
            buckets[group << 7 | Int((hash >> 7) & 0x7f)] += 1
        }
        let mean = Double(count) / Double(buckets.count)
        let deviation = buckets.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) / mean }
        // Random keys would give about 1; less is more even.
        #expect(deviation / Double(buckets.count) < 1.5)
    }
}

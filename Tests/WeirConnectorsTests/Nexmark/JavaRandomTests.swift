import Testing
import WeirConnectors

@Suite("java.util.Random")
struct JavaRandomTests {
    // The expected numbers were printed by Java 17.
    @Test("seed 42 gives Java's numbers")
    func seed42() {
        var random = JavaRandom(seed: 42)
        #expect(random.nextInt32() == -1_170_105_035)
        #expect(random.nextInt32() == 234_785_527)
        random = JavaRandom(seed: 42)
        #expect(random.nextInt32(below: 10) == 0)
        #expect(random.nextInt32(below: 10) == 3)
        random = JavaRandom(seed: 42)
        #expect(random.nextInt64() == -5_025_562_857_975_149_833)
        random = JavaRandom(seed: 42)
        #expect(random.nextDouble() == 0.7275636800328681)
    }

    @Test("bounds near 2^30 draw again as Java does")
    func rejection() {
        var random = JavaRandom(seed: -7)
        #expect(random.nextInt32(below: 1 << 20) == 282_194)
        let drawn = (0..<4).map { _ in random.nextInt32(below: (1 << 30) + 1) }
        #expect(drawn == [314_447_087, 677_675_436, 184_135_245, 425_474_944])
    }
}

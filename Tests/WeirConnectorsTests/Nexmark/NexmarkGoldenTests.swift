import Testing
import WeirConnectors
import WeirCore
import WeirSystem

/// Compares with `Tests/Fixtures/nexmark/expected-events.tsv`, which a Java program beside it makes
/// with the real `java.util.Random`.
@Suite("Nexmark's events, bit by bit")
struct NexmarkGoldenTests {
    /// One section of the expected file.
    private struct Section {
        var samples: [String] = []
        var count = 0
        var hash: UInt64 = 0
    }

    @Test("the published events are those of the Java generator")
    func published() throws {
        try check("published", NexmarkConfiguration())
    }

    @Test("shuffled events with other ratios are those of the Java generator")
    func shuffled() throws {
        var configuration = NexmarkConfiguration()
        configuration.eventsPerSecond = 3
        configuration.outOfOrderGroupSize = 1000
        configuration.hotAuctionRatio = 100
        configuration.hotSellerRatio = 3
        configuration.hotBidderRatio = 7
        try check("shuffled", configuration)
    }

    private func check(_ name: String, _ configuration: NexmarkConfiguration) throws {
        let section = try #require(try expected()[name])
        for sample in section.samples {
            let number = try #require(Int64(sample.prefix { $0 != "\t" }))
            var one = configuration
            one.firstEventNumber = number
            one.eventCount = 1
            #expect(try lines(one) == [sample])
        }
        var all = configuration
        all.eventCount = Int64(section.count)
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for line in try lines(all) {
            for byte in line.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            hash = (hash ^ 10) &* 0x100_0000_01b3
        }
        #expect(hash == section.hash)
    }

    /// The events as the Java program prints them.
    private func lines(_ configuration: NexmarkConfiguration) throws -> [String] {
        let harness = try SourceHarness(
            NexmarkSource(configuration),
            NexmarkSource.schema(.all)
        )
        try harness.run()
        return harness.rows.enumerated().map { index, row in
            let fields = row.text.split(separator: "\t", omittingEmptySubsequences: false)
            let (kind, columns): (String, Range<Int>) =
                switch fields[0] {
                case "0": ("person", 1..<9)
                case "1": ("auction", 9..<19)
                default: ("bid", 19..<26)
                }
            let number = configuration.firstEventNumber + Int64(index)
            return ([String(number), kind] + fields[columns].map(String.init))
                .joined(separator: "\t")
        }
    }

    private func expected() throws -> [String: Section] {
        let path = "Tests/Fixtures/nexmark/expected-events.tsv"
        let text = String(decoding: try RealWorld().files.readAll(path), as: UTF8.self)
        var sections: [String: Section] = [:]
        var name = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# ") {
                name = String(line.dropFirst(2))
            } else if line.hasPrefix("= ") {
                let parts = line.split(separator: " ")
                sections[name]?.count = Int(parts[1]) ?? 0
                sections[name]?.hash = UInt64(parts[2], radix: 16) ?? 0
            } else {
                sections[name, default: Section()].samples.append(String(line))
            }
        }
        return sections
    }
}

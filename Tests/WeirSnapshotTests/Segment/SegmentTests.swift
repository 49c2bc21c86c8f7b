import Testing
import WeirCore
import WeirSnapshot

@Suite("Segments")
struct SegmentTests {
    struct Entry: Equatable {
        var group: UInt16
        var state: UInt16
        var key: [UInt8]
        var value: [UInt8]?
    }

    static func image(_ entries: [Entry]) -> SegmentImage {
        let builder = SegmentBuilder()
        for entry in entries { add(entry, to: builder) }
        return builder.finish()
    }

    static func add(_ entry: Entry, to builder: SegmentBuilder) {
        entry.key.withUnsafeBytes { key in
            guard let value = entry.value else {
                return builder.appendTombstone(
                    keyGroup: entry.group,
                    state: entry.state,
                    key: key
                )
            }
            value.withUnsafeBytes { value in
                builder.append(
                    keyGroup: entry.group,
                    state: entry.state,
                    key: key,
                    value: value
                )
            }
        }
    }

    static func bytes(_ image: SegmentImage) -> [UInt8] { image.blocks.flatMap { [UInt8]($0) } }

    static func read(_ bytes: [UInt8], in range: KeyGroupRange) throws -> [Entry] {
        let files = MemoryFiles()
        files.nodes["s"] = .init(inode: 1)
        files.nodes["s"]?.bytes = bytes
        let reader = try SegmentReader(files: files, path: "s", name: "chk-7/s")
        var entries: [Entry] = []
        for block in 0..<reader.blockCount { try reader.verify(block: block) }
        try reader.forEach(in: range) { entry in
            entries.append(
                Entry(
                    group: entry.keyGroup,
                    state: entry.state,
                    key: [UInt8](entry.key),
                    value: entry.value.map { [UInt8]($0) }
                )
            )
        }
        return entries
    }

    static func entries(_ count: Int, seed: UInt64, longest: Int) -> [Entry] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in
            let key = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let length = Int.random(in: 0...longest, using: &random)
            let isRemoved = Int.random(in: 0..<5, using: &random) == 0
            return Entry(
                group: .random(in: 0..<128, using: &random),
                state: .random(in: 0..<9, using: &random),
                key: key,
                value: isRemoved ? nil : (0..<length).map { UInt8(truncatingIfNeeded: $0) }
            )
        }
    }

    @Test("what was appended is read back, in order", arguments: [1, 300, 20_000])
    func roundTrip(count: Int) throws {
        let entries = Self.entries(count, seed: 11, longest: 400)
        let image = Self.image(entries)
        #expect(image.entryCount == count)
        #expect(image.byteCount == Self.bytes(image).count)
        #expect(try Self.read(Self.bytes(image), in: KeyGroupRange(0, 128)) == entries)
        let some = KeyGroupRange(20, 31)
        #expect(
            try Self.read(Self.bytes(image), in: some)
                == entries.filter { some.contains(KeyGroup($0.group)) }
        )
    }

    @Test("an empty segment is a valid file")
    func empty() throws {
        let image = Self.image([])
        #expect(image.byteCount == 56)
        #expect(image.keyGroupRange == KeyGroupRange(0, 0))
        #expect(try Self.read(Self.bytes(image), in: KeyGroupRange(0, 128)).isEmpty)
    }

    @Test("an entry larger than a block has a block of its own")
    func largeEntry() throws {
        let large = Entry(
            group: 65535,
            state: 1,
            key: [1],
            value: [UInt8](repeating: 7, count: 300_000)
        )
        let small = Entry(group: 3, state: 1, key: [2], value: [])
        let image = Self.image([small, large, small])
        #expect(image.blocks.count == 5)
        #expect(image.keyGroupRange == KeyGroupRange(3, 65536))
        #expect(
            try Self.read(Self.bytes(image), in: KeyGroupRange(0, 65536)) == [small, large, small]
        )
    }

    @Test("a builder counts while it fills and is empty after finish")
    func counts() {
        let builder = SegmentBuilder()
        #expect(builder.entryCount == 0 && builder.byteCount == 16)
        Self.add(Entry(group: 5, state: 0, key: [1, 2], value: [3]), to: builder)
        #expect(builder.entryCount == 1 && builder.byteCount == 16 + 16 + 9)
        #expect(builder.keyGroupRange == KeyGroupRange(5, 6))
        _ = builder.finish()
        #expect(builder.entryCount == 0 && builder.keyGroupRange == KeyGroupRange(0, 0))
    }

    @Test("every flipped bit is found and the file named")
    func flippedBits() throws {
        let bytes = Self.bytes(Self.image(Self.entries(40, seed: 5, longest: 12)))
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            let error = #expect(throws: WeirError.self) {
                try Self.read(damaged, in: KeyGroupRange(0, 128))
            }
            #expect(error?.code == .corruptSnapshot, "bit \(bit): \(String(describing: error))")
            #expect(error?.position.hasPrefix("chk-7/s:") == true)
        }
    }

    @Test("every cut is found")
    func cuts() throws {
        let bytes = Self.bytes(Self.image(Self.entries(40, seed: 6, longest: 12)))
        for length in 0..<bytes.count {
            let error = #expect(throws: WeirError.self) {
                try Self.read(Array(bytes[..<length]), in: KeyGroupRange(0, 128))
            }
            #expect(error?.code == .corruptSnapshot, "cut at \(length)")
        }
    }
}

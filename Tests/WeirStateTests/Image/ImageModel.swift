import WeirCore
import WeirSnapshot
import WeirState

/// What an image should hold: a dictionary by key group, state and key.
struct ImageModel {
    /// Sorts as the image does: key group, state, bytes.
    struct Key: Hashable, Comparable {
        var keyGroup: UInt16
        var state: UInt16
        var bytes: [UInt8]

        static func < (a: Key, b: Key) -> Bool {
            if a.keyGroup != b.keyGroup { return a.keyGroup < b.keyGroup }
            if a.state != b.state { return a.state < b.state }
            return a.bytes.lexicographicallyPrecedes(b.bytes)
        }
    }

    var entries: [Key: [UInt8]] = [:]

    func sorted(in range: KeyGroupRange) -> [(key: Key, value: [UInt8])] {
        entries.filter { range.contains(KeyGroup($0.key.keyGroup)) }
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    static let groupCount = 16

    static func randomKey(in range: KeyGroupRange, _ random: inout SplitMix64) -> Key {
        let length = Int.random(in: 0...20, using: &random)
        return Key(
            keyGroup: UInt16(Int.random(in: range.lower..<range.upper, using: &random)),
            state: [0, 1, 255, 256, 65535][Int.random(in: 0..<5, using: &random)],
            bytes: (0..<length).map { _ in [0, 1, 255][Int.random(in: 0..<3, using: &random)] }
        )
    }

    /// Changes the model at random and appends the changes to a segment.
    mutating func change(
        _ count: Int,
        in range: KeyGroupRange,
        _ builder: SegmentBuilder,
        _ random: inout SplitMix64
    ) {
        for _ in 0..<count {
            var key = Self.randomKey(in: range, &random)
            let isKnown = Int.random(in: 0..<4, using: &random) == 0
            if isKnown, let known = entries.keys.sorted().randomElement(using: &random),
                range.contains(KeyGroup(known.keyGroup))
            {
                key = known
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                entries[key] = nil
                key.bytes.withUnsafeBytes {
                    builder.appendTombstone(keyGroup: key.keyGroup, state: key.state, key: $0)
                }
            } else {
                let value = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                entries[key] = value
                key.bytes.withUnsafeBytes { bytes in
                    value.withUnsafeBytes {
                        builder.append(
                            keyGroup: key.keyGroup,
                            state: key.state,
                            key: bytes,
                            value: $0
                        )
                    }
                }
            }
        }
    }
}

/// Writes a finished segment to a file.
func write(_ image: SegmentImage, to path: String, _ files: any FileSystem) throws {
    let file = try files.open(path, .createNew)
    defer { file.close() }
    for block in image.blocks { try file.write(block) }
}

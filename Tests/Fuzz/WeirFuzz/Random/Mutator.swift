/// Changes valid bytes as an attacker, a bad disk or another version would.
struct Mutator {
    private static let mostBytes = 64 << 10
    /// Sequences that are not UTF-8, or just are.
    private static let oddText: [[UInt8]] = [
        [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],
        [0xFF], [0xE2, 0x82], [0xEF, 0xBB, 0xBF], [0x00], [0xCC, 0x81], [0xF0, 0x9F, 0x98, 0x80],
    ]

    var chance: Chance
    /// Words that mean something to the decoder.
    let tokens: [[UInt8]]

    /// One to several changes of one of the inputs, which may take parts of another one.
    mutating func mutated(_ inputs: [[UInt8]]) -> [UInt8] {
        var bytes = chance.choose(inputs)
        for _ in 0..<(chance.flag() ? 1 : 1 + chance.length(12)) {
            change(&bytes, chance.choose(inputs))
            if bytes.count > Self.mostBytes { bytes.removeLast(bytes.count - Self.mostBytes) }
        }
        return bytes
    }

    private mutating func change(_ bytes: inout [UInt8], _ other: [UInt8]) {
        switch chance.below(tokens.isEmpty ? 17 : 20) {
        case 0: flip(&bytes)
        case 1: overwrite(&bytes, [chance.byte()])
        case 2: overwrite(&bytes, [chance.choose([0, 1, 0x7F, 0x80, 0xFF])])
        case 3, 4: overwrite(&bytes, integer(of: bytes.count))
        case 5: overwrite(&bytes, varint(of: bytes.count))
        case 6: insert(&bytes, varint(of: bytes.count))
        case 7: bytes.removeLast(chance.below(bytes.count + 1))
        case 8: bytes += chance.bytes(64)
        case 9: bytes.removeSubrange(range(bytes))
        case 10: insert(&bytes, Array(bytes[range(bytes)]))
        case 11: swap(&bytes)
        case 12: splice(&bytes, other)
        case 13: bytes += other
        case 14: insert(&bytes, chance.choose(Self.oddText))
        case 15: overwrite(&bytes, Array(other[range(other)]))
        case 16: nudge(&bytes)
        case 17: overwrite(&bytes, chance.choose(tokens))
        default: insert(&bytes, chance.choose(tokens))
        }
    }

    /// A part, mostly a short one.
    private mutating func range(_ bytes: [UInt8]) -> Range<Int> {
        let start = chance.below(bytes.count + 1)
        let most = bytes.count - start
        return
            start..<(start
            + (chance.happens(80) ? min(most, chance.below(17)) : chance.below(most + 1)))
    }

    private mutating func flip(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        bytes[chance.below(bytes.count)] ^= 1 << UInt8(chance.below(8))
    }

    private mutating func nudge(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        bytes[chance.below(bytes.count)] &+= chance.choose([1, 2, 0xFF, 0xFE])
    }

    private mutating func overwrite(_ bytes: inout [UInt8], _ new: [UInt8]) {
        let start = chance.below(bytes.count + 1)
        let end = min(bytes.count, start + new.count)
        bytes.replaceSubrange(start..<end, with: new)
    }

    private mutating func insert(_ bytes: inout [UInt8], _ new: [UInt8]) {
        bytes.insert(contentsOf: new, at: chance.below(bytes.count + 1))
    }

    private mutating func swap(_ bytes: inout [UInt8]) {
        let first = range(bytes)
        let second = range(bytes)
        guard first.upperBound <= second.lowerBound else { return }
        let (a, b) = (Array(bytes[first]), Array(bytes[second]))
        bytes.replaceSubrange(second, with: a)
        bytes.replaceSubrange(first, with: b)
    }

    private mutating func splice(_ bytes: inout [UInt8], _ other: [UInt8]) {
        let head = chance.below(bytes.count + 1)
        let tail = chance.flag() ? min(head, other.count) : chance.below(other.count + 1)
        bytes = Array(bytes[..<head]) + other[tail...]
    }

    /// An integer of one to sixteen bytes, little endian, mostly one that is a length or a border.
    private mutating func integer(of count: Int) -> [UInt8] {
        let value = border(count)
        let width = chance.choose([1, 2, 4, 8, 16])
        return (0..<width).map {
            UInt8(truncatingIfNeeded: $0 < 8 ? value >> (8 * Int64($0)) : value >> 63)
        }
    }

    private mutating func border(_ count: Int) -> Int64 {
        chance.happens(30) ? Int64(count) + Int64(chance.below(5)) - 2 : chance.number()
    }

    private mutating func varint(of count: Int) -> [UInt8] {
        var value = UInt64(bitPattern: border(count))
        var bytes: [UInt8] = []
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
        // Longer than it need be.
        if chance.happens(10) {
            bytes[bytes.count - 1] |= 0x80
            bytes += [UInt8](repeating: 0x80, count: chance.below(6)) + [0]
        }
        return bytes
    }
}

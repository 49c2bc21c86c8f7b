import WeirCore

/// Seeded chance, and the numbers at which code breaks.
struct Chance {
    private var random: SplitMix64

    /// The same for the same seed, decoder and number.
    init(seed: UInt64, stream: UInt64, number: UInt64) {
        random = SplitMix64(
            seed: seed ^ stream &* 0x9E37_79B9_7F4A_7C15 ^ number &* 0xD6E8_FEB8_6659_FD93
        )
        _ = random.next()
    }

    mutating func next() -> UInt64 { random.next() }

    mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(max(1, bound))) }

    /// True `percent` times of a hundred.
    mutating func happens(_ percent: Int) -> Bool { below(100) < percent }

    mutating func choose<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    /// A length that is mostly small.
    mutating func length(_ most: Int) -> Int {
        happens(90) ? below(min(most, 8)) : below(most)
    }

    /// A number, often one at a border.
    mutating func number() -> Int64 {
        switch below(8) {
        case 0: Int64(below(256)) - 128
        case 1: .min &+ Int64(below(3))
        case 2: .max &- Int64(below(3))
        case 3: Int64(1) << Int64(below(63)) &- Int64(below(3)) &+ 1
        case 4: -(Int64(1) << Int64(below(63))) &+ Int64(below(3)) &- 1
        default: Int64(bitPattern: random.next()) >> Int64(below(63))
        }
    }

    mutating func unsigned() -> UInt64 { UInt64(bitPattern: number()) }

    /// A number that is not negative and below a bound, often one at a border.
    mutating func number(below bound: Int) -> Int {
        switch below(6) {
        case 0: 0
        case 1: bound - 1
        case 2: below(min(bound, 3))
        default: below(bound)
        }
    }

    mutating func flag() -> Bool { random.next() & 1 == 0 }

    mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: random.next()) }

    mutating func bytes(_ most: Int) -> [UInt8] { (0..<length(most)).map { _ in byte() } }

    /// Valid text of several alphabets, with what formats quote.
    mutating func text(_ most: Int = 24) -> String {
        let alphabet: [Character] = [
            "a", "b", "Z", "0", "9", " ", "\"", "\\", ",", ";", "=", "%", "+", "-", ".", "/", "\n",
            "\r\n", "\t", "\0", "é", "語", "😀", "e\u{301}", "\u{2028}", "{", "}", "[", "]", ":",
        ]
        return String((0..<length(most)).map { _ in alphabet[below(alphabet.count)] })
    }

    /// A word of letters and digits.
    mutating func word() -> String {
        String((0..<(1 + length(12))).map { _ in choose(Array("abcxyz0179_")) })
    }
}

import WeirData

/// The channels that bids come through, and their addresses.
///
/// The published generator draws the addresses without a seed, anew in each process; here they
/// follow from one fixed seed, so that all processes agree: four hot channels first, then the ten
/// thousand others in order.
final class NexmarkChannels: Sendable {
    /// Channels besides the hot ones.
    static let count: Int32 = 10_000
    /// The hot channels' names.
    static let hot = ["Google", "Facebook", "Baidu", "Apple"]
    /// The table, made at its first use.
    static let shared = NexmarkChannels()

    /// Names and addresses, one behind the other.
    private let bytes: [UInt8]
    /// Where name and address of channel `c` begin: `2c` and `2c + 1`; one entry more at the end.
    private let offsets: [UInt32]

    private init() {
        var bytes: [UInt8] = []
        var offsets: [UInt32] = []
        var random = JavaRandom(seed: 2)
        func add(_ name: String, _ address: String) {
            offsets.append(UInt32(bytes.count))
            bytes += name.utf8
            offsets.append(UInt32(bytes.count))
            bytes += address.utf8
        }
        for name in Self.hot { add(name, Self.address(&random)) }
        for number in 0..<Self.count {
            var address = Self.address(&random)
            if random.nextInt32(below: 10) > 0 {
                address += "&channel_id=\(Self.reversed(number))"
            }
            add("channel-\(number)", address)
        }
        offsets.append(UInt32(bytes.count))
        self.bytes = bytes
        self.offsets = offsets
    }

    /// Calls `body` with the memory of names and addresses, for one batch.
    func withTable<Result>(_ body: (Table) -> Result) -> Result {
        bytes.withUnsafeBytes { bytes in
            offsets.withUnsafeBufferPointer { offsets in
                body(Table(bytes: bytes, offsets: offsets))
            }
        }
    }

    /// Names and addresses while their memory is held.
    struct Table {
        fileprivate let bytes: UnsafeRawBufferPointer
        fileprivate let offsets: UnsafeBufferPointer<UInt32>

        /// Writes the name and the address of channel `channel`; the hot ones are 0 to 3.
        @inline(__always)
        func store(_ channel: Int, _ name: ColumnReference, _ address: ColumnReference, _ row: Int)
        {
            let start = Int(offsets[channel &* 2])
            let middle = Int(offsets[channel &* 2 &+ 1])
            let end = Int(offsets[channel &* 2 &+ 2])
            name.storeBytes(UnsafeRawBufferPointer(rebasing: bytes[start..<middle]), row)
            address.storeBytes(UnsafeRawBufferPointer(rebasing: bytes[middle..<end]), row)
        }
    }

    private static func address(_ random: inout JavaRandom) -> String {
        var parts: [String] = []
        for _ in 0..<3 {
            parts.append(
                withUnsafeTemporaryAllocation(byteCount: 8, alignment: 8) { buffer in
                    let count = NexmarkText.fill(
                        buffer,
                        limit: 5,
                        special: UInt8(ascii: "_"),
                        &random
                    )
                    return String(decoding: buffer[..<count], as: UTF8.self)
                }
            )
        }
        return "https://www.nexmark.com/" + parts.joined(separator: "/") + "/item.htm?query=1"
    }

    /// The number with its 32 bits in reverse order, without its sign (as Java's `Math.abs`, which
    /// leaves the smallest number negative).
    private static func reversed(_ number: Int32) -> Int32 {
        var rest = UInt32(bitPattern: number)
        var result: UInt32 = 0
        for _ in 0..<32 {
            result = result << 1 | rest & 1
            rest >>= 1
        }
        let signed = Int32(bitPattern: result)
        return signed < 0 ? 0 &- signed : signed
    }
}

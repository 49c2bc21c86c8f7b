import WeirCore
import WeirSimulation

/// Keeps frames that went over the control connections, and delivers them again when it is told to.
///
/// A frame is delivered on the same way as at first, from the same node to the same node, between
/// two other frames, on whatever connection is there by then: perhaps to another leader, in another
/// attempt.
final class FrameReplayer: NetworkTap {
    /// Frames kept for each way and length; past it a newer one takes the place of any.
    private static let capacity = 16
    private static let headerBytes = 24
    /// After one in so many frames another one comes again, so that they are spread over time.
    private static let replayOneIn: UInt64 = 3

    private struct Way: Hashable {
        let source: String
        let target: String
    }

    /// Where the bytes of one direction of a connection stand.
    private struct Stream {
        /// What has come of a frame that is not whole.
        var partial: [UInt8] = []
        var hasPassedFirst = false
    }

    private let port: Int
    private var chance: SplitMix64
    /// By way, and by length: what is rare comes again as often as what is told all the time.
    private var captured: [Way: [Int: [[UInt8]]]] = [:]
    private var streams: [TappedLink: Stream] = [:]
    /// Frames still to be delivered again.
    private var due = 0
    /// Frames delivered again.
    private(set) var replayed = 0

    /// Watches connections to `port`.
    init(port: Int, seed: UInt64) {
        self.port = port
        chance = SplitMix64(seed: seed)
    }

    /// Delivers so many kept frames again, as soon as there are others between which to do so.
    func replay(_ count: Int) { due += count }

    func carry(_ bytes: [UInt8], over link: TappedLink) -> [UInt8] {
        guard link.port == port else { return bytes }
        let way = Way(source: link.source, target: link.target)
        var stream = streams[link] ?? Stream()
        var carried: [UInt8] = []
        carried.reserveCapacity(bytes.count)
        var rest = bytes[...]
        while !rest.isEmpty {
            let missing = Self.missingBytes(of: stream.partial)
            let part = rest.prefix(missing)
            rest = rest.dropFirst(part.count)
            stream.partial += part
            carried += part
            guard Self.missingBytes(of: stream.partial) == 0 else { continue }
            // The first frame of a connection says who is there; a second one would end it.
            if stream.hasPassedFirst {
                keep(stream.partial, way)
                carried += replays(on: way)
            }
            stream.hasPassedFirst = true
            stream.partial.removeAll(keepingCapacity: true)
        }
        streams[link] = stream
        return carried
    }

    /// Bytes until the header, or the frame, is whole; 0: the frame is.
    private static func missingBytes(of partial: [UInt8]) -> Int {
        guard partial.count >= headerBytes else { return headerBytes - partial.count }
        let length = (0..<4).reduce(0) { $0 | Int(partial[$1]) << (8 * $1) }
        return headerBytes + length - partial.count
    }

    private func keep(_ frame: [UInt8], _ way: Way) {
        var kept = captured[way, default: [:]][frame.count, default: []]
        if kept.count < Self.capacity {
            kept.append(frame)
        } else {
            kept[Int(chance.next() % UInt64(Self.capacity))] = frame
        }
        captured[way, default: [:]][frame.count] = kept
    }

    private func replays(on way: Way) -> [UInt8] {
        guard due > 0, let byLength = captured[way], !byLength.isEmpty,
            chance.next() % Self.replayOneIn == 0
        else { return [] }
        let lengths = byLength.keys.sorted()
        let length = lengths[Int(chance.next() % UInt64(lengths.count))]
        guard let frames = byLength[length] else { return [] }
        due -= 1
        replayed += 1
        return frames[Int(chance.next() % UInt64(frames.count))]
    }
}

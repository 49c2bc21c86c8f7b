import Weir
import WeirControl
import WeirData
import WeirSimulation
import WeirTransport

/// Connects to ports and sends what no honest peer does, as a seed says.
final class HostilePeer {
    /// One connection of it.
    private final class Attack {
        let connection: any Connection
        let node: String
        var rest: ArraySlice<UInt8>
        /// Bytes sent at a time.
        let pace: Int
        /// Whether it closes when all is sent.
        let closes: Bool
        var sent = 0

        init(
            _ connection: any Connection,
            _ node: String,
            _ bytes: [UInt8],
            pace: Int,
            closes: Bool
        ) {
            self.connection = connection
            self.node = node
            rest = bytes[...]
            self.pace = pace
            self.closes = closes
        }
    }

    private let world: SimulatedWorld
    private var chance: Chance
    private var attacks: [Attack] = []
    /// Connections that were made, and those that the other side ended.
    private(set) var made = 0
    private(set) var refused = 0
    /// Bytes that one connection got rid of at most.
    private(set) var mostSent = 0
    /// Bytes that came back.
    private(set) var received = 0

    init(_ world: SimulatedWorld, seed: UInt64) {
        self.world = world.makeProcess(node: "attacker")
        chance = Chance(seed &+ 77)
    }

    /// Connections that are open.
    var openCount: Int { attacks.count }

    /// Opens a connection to a port, for one of the attacks; those of `recordings` may be replayed.
    func attack(_ node: String, _ port: Int, recordings: [[UInt8]]) {
        guard let connection = try? world.network.connect(host: node, port: port) else { return }
        made += 1
        let paces = [1, 7, 100, 65_536]
        attacks.append(
            Attack(
                connection,
                node,
                bytes(recordings),
                pace: paces[chance.below(paces.count)],
                closes: chance.below(4) == 0
            )
        )
    }

    /// Opens a connection and stays silent.
    func stare(_ node: String, _ port: Int) {
        guard let connection = try? world.network.connect(host: node, port: port) else { return }
        made += 1
        attacks.append(Attack(connection, node, [], pace: 1, closes: false))
    }

    /// Sends the next bytes on each connection, and takes what comes.
    func step() {
        var open: [Attack] = []
        for attack in attacks {
            if goesOn(attack) { open.append(attack) } else { attack.connection.close() }
        }
        attacks = open
    }

    private func goesOn(_ attack: Attack) -> Bool {
        var buffer = SIMD64<UInt8>()
        do throws(WeirError) {
            let count = try withUnsafeMutableBytes(of: &buffer) { bytes throws(WeirError) in
                try attack.connection.read(into: bytes)
            }
            received += count ?? 0
            if count == 0 {
                refused += 1
                return false
            }
            let next = Array(attack.rest.prefix(attack.pace))
            let sent = try next.withReader { reader throws(WeirError) in
                reader.isAtEnd ? 0 : try attack.connection.write(reader.bytes)
            }
            attack.rest = attack.rest.dropFirst(sent)
            attack.sent += sent
            mostSent = max(mostSent, attack.sent)
            return !(attack.closes && attack.rest.isEmpty)
        } catch {
            refused += 1
            return false
        }
    }

    // MARK: What is sent

    private func bytes(_ recordings: [[UInt8]]) -> [UInt8] {
        switch chance.below(recordings.isEmpty ? 5 : 8) {
        case 0: return noise(chance.below(5000))
        case 1: return header(length: .max) + noise(300_000)
        case 2: return header(length: UInt32(chance.below(2000))) + noise(chance.below(2000))
        case 3: return frames(kinds: 0..<256)
        case 4: return registration + frames(kinds: 64..<200)
        default:
            let all = recordings[chance.below(recordings.count)]
            let isWhole = chance.below(2) == 0
            return isWhole ? all : Array(all.prefix(chance.below(all.count + 1)))
        }
    }

    private func noise(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(chance.below(256)) }
    }

    private func header(length: UInt32) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(integer: length)
        writer.append(byte: UInt8(chance.below(256)))
        writer.append(zeros: 19)
        return writer.array
    }

    /// Whole frames with right checksums, of any kinds.
    private func frames(kinds: Range<Int>) -> [UInt8] {
        var writer = ByteWriter()
        for _ in 0..<(1 + chance.below(20)) {
            let payload = noise(chance.below(200))
            writer.appendFrame(
                kind: UInt8(kinds.lowerBound + chance.below(kinds.count)),
                stream: UInt32(chance.below(4)),
                epoch: UInt64(chance.below(3))
            ) { $0.append(bytes: payload) }
        }
        return writer.array
    }

    /// A registration with the right token, as one who has read it off the wire makes it.
    private var registration: [UInt8] {
        var writer = ByteWriter()
        let message = TaskManagerReport.register(
            TaskManagerDescription(
                id: "attacker",
                host: "attacker",
                dataPort: 0,
                processID: 1,
                slots: 100,
                memoryBytes: 1 << 40,
                machine: MachineResources(processors: 2, memoryBytes: 1 << 33)
            ),
            token: [1, 2, 3],
            challenge: UInt64(chance.below(1 << 40))
        )
        writer.appendFrame(kind: message.kind, stream: 0, epoch: UInt64(chance.below(3))) {
            message.encode(into: &$0)
        }
        return writer.array
    }
}

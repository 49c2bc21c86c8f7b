import WeirControl
import WeirCore
import WeirData
import WeirJobManager
import WeirSystem
import WeirTransport

/// Attacks the real ports of a job manager and of a data plane in this process: many connections at
/// once, each with garbage, an endless frame, changed or replayed messages, or nothing.
///
/// An honest task manager must be welcome in between, and the process must not grow.
final class PortAttack {
    /// Connections that are open at once.
    private static let wave = 500
    /// Bytes by which the process may grow: strangers' buffers and sockets of two ports.
    private static let mostGrowth = 96 << 20
    private static let token: [UInt8] = [1, 2, 3, 4]

    private let world = RealWorld()
    private var chance: Chance
    private let manager: RunningJobManager
    private let dataPlane: DataPlane
    private let directory: String
    private var refused = 0
    private var sent = 0

    init(seed: UInt64) throws(WeirError) {
        chance = Chance(seed: seed, stream: 0, number: 0)
        let root = world.processes.environment("TMPDIR") ?? "/tmp"
        directory = "\(root)/weir-fuzz-\(world.processes.processID)"
        try world.files.makeDirectory(directory)
        let options = JobManager.Options(
            dataDirectory: directory,
            address: DataAddress(host: "127.0.0.1", port: 0),
            token: Self.token
        )
        manager = try JobManager(world: world, options: options).start { _ in }
        dataPlane = try DataPlane(world: world, host: "127.0.0.1", port: 0)
    }

    /// Makes so many connections; returns whether all held.
    func run(connections: Int) throws(WeirError) -> Bool {
        try attack(Self.wave)
        let before = world.processes.usage().residentBytes
        var most = before
        var made = 0
        var welcomes = 0
        let start = Report.now
        while made < connections {
            let count = min(Self.wave, connections - made)
            try attack(count)
            made += count
            most = max(most, world.processes.usage().residentBytes)
            if try isWelcome() { welcomes += 1 }
        }
        let waves = (connections + Self.wave - 1) / Self.wave
        let growth = most - before
        manager.stop()
        manager.wait()
        dataPlane.shutDown()
        try world.files.removeTree(directory)
        Report.say(
            "ports: \(made) connections, \(sent) bytes sent, \(refused) ended by the other side, "
                + "\(welcomes) of \(waves) honest task managers welcome, "
                + "\(growth >> 10) KiB of growth, \((Report.now - start) / 1_000_000) ms"
        )
        return welcomes == waves && growth <= Self.mostGrowth
    }

    private func attack(_ count: Int) throws(WeirError) {
        var open: [(connection: any Connection, rest: ArraySlice<UInt8>)] = []
        for _ in 0..<count {
            let port = chance.flag() ? manager.port : dataPlane.address.port
            let connection = try world.network.connect(host: "127.0.0.1", port: port)
            open.append((connection, bytes()[...]))
        }
        for _ in 0..<200 where !open.isEmpty {
            var next: [(connection: any Connection, rest: ArraySlice<UInt8>)] = []
            for (connection, rest) in open {
                guard let left = push(rest, connection) else {
                    refused += 1
                    connection.close()
                    continue
                }
                // Some leave, some stay silent.
                if left.isEmpty, chance.happens(5) {
                    connection.close()
                } else {
                    next.append((connection, left))
                }
            }
            open = next
        }
        for (connection, _) in open { connection.close() }
    }

    /// Sends a piece; what is left, or nil if the other side has ended it.
    private func push(
        _ rest: ArraySlice<UInt8>,
        _ connection: any Connection
    ) -> ArraySlice<UInt8>? {
        var buffer = SIMD64<UInt8>()
        let piece = Array(rest.prefix(chance.choose([1, 20, 4096])))
        do throws(WeirError) {
            let read = try withUnsafeMutableBytes(of: &buffer) { space throws(WeirError) in
                try connection.read(into: space)
            }
            if read == 0 { return nil }
            let count = try piece.withReader { reader throws(WeirError) in
                reader.isAtEnd ? 0 : try connection.write(reader.bytes)
            }
            sent += count
            return rest.dropFirst(count)
        } catch {
            return nil
        }
    }

    private func bytes() -> [UInt8] {
        switch chance.below(5) {
        case 0: return []
        case 1: return (0..<chance.below(3000)).map { _ in chance.byte() }
        case 2:
            let length = chance.choose([UInt32.max, 1 << 20, 1024])
            let body = [UInt8](repeating: 7, count: 200_000)
            return DataTargets.encode { writer in
                writer.append(integer: length)
                writer.append(byte: chance.byte())
                writer.append(zeros: 19)
                writer.append(bytes: body)
            }
        default:
            var mutator = Mutator(chance: chance, tokens: [])
            let bytes = mutator.mutated([frame(registration(challenge: 7), epoch: 1)])
            chance = mutator.chance
            return chance.flag() ? TransportTargets.sealFrames(bytes) : bytes
        }
    }

    // MARK: An honest task manager

    private func registration(challenge: UInt64) -> TaskManagerReport {
        .register(
            TaskManagerDescription(
                id: "honest-\(chance.next())",
                host: "127.0.0.1",
                dataPort: 0,
                processID: 1,
                slots: 1,
                memoryBytes: 1 << 20,
                machine: MachineResources(processors: 2, memoryBytes: 1 << 33)
            ),
            token: Self.token,
            challenge: challenge
        )
    }

    private func frame(_ message: TaskManagerReport, epoch: UInt64) -> [UInt8] {
        DataTargets.encode { writer in
            writer.appendFrame(kind: message.kind, stream: 0, epoch: epoch) {
                message.encode(into: &$0)
            }
        }
    }

    /// Registers as an honest task manager does; whether it is welcome within ten seconds.
    private func isWelcome() throws(WeirError) -> Bool {
        let connection = FramedConnection(
            try world.network.connect(host: "127.0.0.1", port: manager.port),
            peer: "the job manager",
            mostPayloadBytes: 1 << 20
        )
        defer { connection.close() }
        var isWelcome = false
        let deadline = Report.now + 10_000_000_000
        while !isWelcome, Report.now < deadline {
            _ = try connection.receive { frame throws(WeirError) in
                switch try connection.message(TaskManagerCommand.self, in: frame) {
                case .challenge(let challenge):
                    connection.send(
                        registration(challenge: challenge),
                        epoch: LeaderEpoch(frame.epoch)
                    )
                case .welcome: isWelcome = true
                default: break
                }
            }
            try connection.flush()
        }
        return isWelcome
    }
}

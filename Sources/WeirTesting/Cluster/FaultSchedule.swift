import WeirCore

/// What goes wrong in a run, and when; decided by a seed.
public struct FaultSchedule: Sendable {
    /// A fault and its moment.
    public struct Entry: Sendable, Hashable {
        /// Nanoseconds from the start of the schedule.
        public let at: Int64
        /// What happens.
        public let fault: ClusterFault

        /// A fault at a time.
        public init(at: Int64, fault: ClusterFault) {
            self.at = at
            self.fault = fault
        }
    }

    /// Kinds of faults that a schedule may have.
    public struct Kinds: OptionSet, Sendable {
        /// Bits.
        public let rawValue: Int
        /// From bits.
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// Deaths of workers and task managers.
        public static let kills = Kinds(rawValue: 1)
        /// Processes that stand still.
        public static let freezes = Kinds(rawValue: 2)
        /// Cuts, breaks and slowness of the network.
        public static let network = Kinds(rawValue: 4)
        /// Control messages that come again.
        public static let replays = Kinds(rawValue: 8)
        /// A disk that is full, slow or fails.
        public static let disk = Kinds(rawValue: 16)
        /// Deaths of the job manager, and of everything.
        public static let jobManager = Kinds(rawValue: 32)
        /// A leader that stands still for longer than its lease, and goes on; for clusters with several job
        /// managers.
        public static let leaders = Kinds(rawValue: 64)
        /// All that a cluster whose job manager keeps living survives.
        public static let withLivingJobManager: Kinds = [
            .kills, .freezes, .network, .replays, .disk,
        ]
        /// All there are.
        public static let all: Kinds = [.withLivingJobManager, .jobManager]
    }

    /// In the order of their moments; not empty.
    public let entries: [Entry]

    /// A schedule of given faults.
    public init(_ entries: [Entry]) { self.entries = entries.sorted { $0.at < $1.at } }

    /// One to five faults by chance, within a time.
    ///
    /// - Precondition: `kinds` is not empty.
    public init(seed: UInt64, kinds: Kinds, within time: Duration) {
        precondition(!kinds.isEmpty, "a schedule needs a kind of fault")
        var chooser = FaultChooser(seed: seed, kinds: kinds)
        let count = 1 + chooser.below(5)
        let length = Int(time.wholeNanoseconds)
        var entries = (0..<count).map { _ in
            Entry(at: Int64(chooser.below(length)), fault: chooser.next())
        }
        if kinds.contains(.leaders) { entries += chooser.frozenLeader(before: length) }
        self.init(entries)
    }
}

/// Draws faults.
private struct FaultChooser {
    private var chance: SplitMix64
    private let kinds: [FaultSchedule.Kinds]

    init(seed: UInt64, kinds: FaultSchedule.Kinds) {
        chance = SplitMix64(seed: seed)
        let all: [FaultSchedule.Kinds] = [
            .kills, .freezes, .network, .replays, .disk, .jobManager, .leaders,
        ]
        self.kinds = all.filter { kinds.contains($0) }
    }

    mutating func below(_ limit: Int) -> Int { Int(chance.next() % UInt64(limit)) }

    private mutating func victim() -> Int { below(1 << 20) }

    /// Mostly short, sometimes longer than any lease.
    private mutating func span() -> Duration {
        switch below(8) {
        case 0: .milliseconds(3_200 + below(2_000))
        case 1, 2: .milliseconds(100 + below(900))
        default: .microseconds(500 + below(60_000))
        }
    }

    private mutating func direction() -> ClusterFault.Direction {
        ClusterFault.Direction.allCases[below(3)]
    }

    mutating func next() -> ClusterFault {
        switch kinds[below(kinds.count)] {
        case .kills: nextKill()
        case .freezes: nextFreeze()
        case .network: nextNetwork()
        case .replays: .replayMessages(count: 1 + below(40))
        case .disk: nextDisk()
        case .leaders: below(8) == 0 ? .killJobManager(restartAfter: span()) : longFreeze()
        default: nextOfJobManager()
        }
    }

    private mutating func longFreeze() -> ClusterFault {
        .freezeJobManager(for: .milliseconds(1_500 + below(7_000)))
    }

    /// A leader is frozen while the disk is slow: with manifests and clean-ups that are not done yet.
    mutating func frozenLeader(before end: Int) -> [FaultSchedule.Entry] {
        let slow = ClusterFault.slowDisk(by: .milliseconds(5 + below(40)), for: .milliseconds(300))
        let at = Int64(end / 2 + below(end / 2))
        let freeze = ClusterFault.freezeJobManager(for: .milliseconds(3_200 + below(6_000)))
        return [
            FaultSchedule.Entry(at: max(0, at - Int64(below(30_000_000))), fault: slow),
            FaultSchedule.Entry(at: at, fault: freeze),
        ]
    }

    private mutating func nextKill() -> ClusterFault {
        if below(2) == 0 { return .killWorker(victim: victim()) }
        let wait = Duration.microseconds(below(30_000))
        return .killTaskManager(victim: victim(), restartAfter: wait)
    }

    private mutating func nextFreeze() -> ClusterFault {
        switch below(7) {
        case 0, 1: .freezeWorker(victim: victim(), for: span())
        case 2: .freezeTaskManager(victim: victim(), withWorkers: true, for: span())
        case 3: .freezeTaskManager(victim: victim(), withWorkers: false, for: span())
        case 4: .freezeJobManager(for: span())
        default:
            .holdThreads(
                oneIn: 10 + below(100),
                by: .microseconds(200 + below(5_000)),
                for: .milliseconds(20 + below(200))
            )
        }
    }

    private mutating func nextNetwork() -> ClusterFault {
        switch below(9) {
        case 0, 1: .cutFromJobManager(victim: victim(), direction: direction(), for: span())
        case 2, 3:
            .cutBetween(victim: victim(), other: victim(), direction: direction(), for: span())
        case 4, 5: .resetConnections(victim: victim())
        case 6: .startImpostor(for: span())
        default:
            .slowNetwork(victim: victim(), by: .microseconds(1_000 + below(40_000)), for: span())
        }
    }

    private mutating func nextDisk() -> ClusterFault {
        switch below(5) {
        case 0: return .fillDisk(for: .microseconds(500 + below(60_000)))
        case 1:
            let by = Duration.microseconds(1_000 + below(40_000))
            return .slowDisk(by: by, for: span())
        case 2:
            let by = Duration.microseconds(5_000 + below(60_000))
            return .stutterDisk(oneIn: 2 + below(8), by: by, for: .milliseconds(20 + below(200)))
        default:
            let operations: [FileOperation] = [
                .open, .write, .synchronize, .synchronizeDirectory, .link, .remove, .read,
            ]
            return .failFile(
                operation: operations[below(operations.count)],
                path: ["/checkpoints/", "/workers/", "/jobs/"][below(3)],
                after: below(30),
                isLasting: below(4) == 0
            )
        }
    }

    private mutating func nextOfJobManager() -> ClusterFault {
        if below(4) == 0 { return .cutPower }
        return .killJobManager(restartAfter: .microseconds(below(60_000)))
    }
}

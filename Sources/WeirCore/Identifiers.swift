/// Names a job, unlike any other: 32 hexadecimal digits.
///
/// It stays what it is while the job goes on from its own checkpoints; what goes on from another job's
/// is another job.
public struct JobID: Hashable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// Draws an id.
    public init(_ random: any RandomSource) {
        high = random.next()
        low = random.next()
    }

    /// The id with this text; nil if it is none.
    public init?(_ text: some StringProtocol) {
        // Digits only: a number's text may have a sign.
        guard text.utf8.count == 32, text.utf8.allSatisfy(Self.isDigit),
            let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.high = high
        self.low = low
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    /// An id for tests, the same for the same number.
    public init(number: UInt64) {
        high = 0
        low = number
    }

    /// 32 hexadecimal digits.
    public var description: String { Self.digits(high) + Self.digits(low) }

    private static func digits(_ half: UInt64) -> String {
        let digits = String(half, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// The number of a checkpoint of one job: 1, 2, 3, …, never used twice.
@frozen
public struct CheckpointID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The number; 0 stands for "none yet".
    public let number: UInt64

    /// Wraps a number.
    @inlinable
    public init(_ number: UInt64) { self.number = number }

    /// No checkpoint yet.
    public static let none = CheckpointID(0)

    /// The highest that is read from files: there is always a next one.
    public static let highest = CheckpointID(1 << 62)

    /// The next checkpoint's id.
    public var next: CheckpointID { CheckpointID(number + 1) }

    /// Orders by number.
    @inlinable
    public static func < (a: CheckpointID, b: CheckpointID) -> Bool { a.number < b.number }

    /// The number in decimal.
    public var description: String { String(number) }
}

/// The number of times that a job was started or rolled back; every message carries it.
@frozen
public struct Attempt: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The number, from 1.
    public let number: UInt64

    /// Wraps a number.
    @inlinable
    public init(_ number: UInt64) { self.number = number }

    /// The highest that is read from files: there is always a next one.
    public static let highest = Attempt(1 << 62)

    /// Orders by number.
    @inlinable
    public static func < (a: Attempt, b: Attempt) -> Bool { a.number < b.number }

    /// The number in decimal.
    public var description: String { String(number) }
}

/// The number of a job manager's leadership: each new leader has a higher one, and what bears a lower
/// one is refused.
@frozen
public struct LeaderEpoch: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number, from 1; 0 stands for "none yet".
    public let number: UInt64

    /// Wraps a number.
    @inlinable
    public init(_ number: UInt64) { self.number = number }

    /// No leader yet.
    public static let none = LeaderEpoch(0)

    /// Orders by number.
    @inlinable
    public static func < (a: LeaderEpoch, b: LeaderEpoch) -> Bool { a.number < b.number }

    /// The number in decimal.
    public var description: String { String(number) }
}

/// Names an operator across runs and edits of a job: a hash of its declared name or its structural
/// path, as 16 hexadecimal digits.
public struct OperatorID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The hash.
    public let hash: UInt64

    /// Wraps a hash.
    public init(hash: UInt64) { self.hash = hash }

    /// The id of an operator with this name or structural path.
    ///
    /// FNV-1a over the UTF-8 bytes: fixed for ever, since snapshots carry it.
    public init(path: String) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        self.hash = hash
    }

    /// Orders by hash, so that lists of operators are the same in every process.
    public static func < (a: OperatorID, b: OperatorID) -> Bool { a.hash < b.hash }

    /// 16 hexadecimal digits.
    public var description: String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// One parallel instance of an operator or vertex.
@frozen
public struct Subtask: Hashable, Sendable, CustomStringConvertible {
    /// Which of the instances, from 0.
    public let index: Int
    /// How many there are.
    public let parallelism: Int

    /// Names instance `index` of `parallelism`.
    @inlinable
    public init(index: Int, parallelism: Int) {
        precondition(index >= 0 && index < parallelism, "subtask \(index) of \(parallelism)")
        self.index = index
        self.parallelism = parallelism
    }

    /// `2/4` for the second of four.
    public var description: String { "\(index + 1)/\(parallelism)" }
}

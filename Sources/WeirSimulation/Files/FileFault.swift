import WeirCore

/// What a simulated disk is asked to do.
public enum FileOperation: String, Sendable, CaseIterable {
    /// Opening a file.
    case open
    /// Reading from a file.
    case read
    /// Writing to a file.
    case write
    /// Cutting a file.
    case truncate
    /// Waiting for a file's bytes.
    case synchronize
    /// Waiting for a directory's names.
    case synchronizeDirectory
    /// Looking at a path or listing a directory.
    case look
    /// Making a directory.
    case makeDirectory
    /// Giving a second name.
    case link
    /// Renaming.
    case rename
    /// Removing.
    case remove
    /// Taking a lock.
    case lock
    /// Saying who may do what with a file.
    case setPermissions
}

/// A failure that a simulated disk shall produce.
public struct FileFault: Sendable {
    /// The operation that fails; nil: any.
    public let operation: FileOperation?
    /// Only paths that contain this text; empty: all.
    public let path: String
    /// How many operations of this kind succeed before.
    public var successes: Int
    /// Whether all later ones fail as well, not only one.
    public let isLasting: Bool
    /// How it fails.
    public let code: ErrorCode

    /// A failure of an operation: the first, unless `after` is given, and only that one.
    public init(
        _ operation: FileOperation?,
        path: String = "",
        after successes: Int = 0,
        isLasting: Bool = false,
        code: ErrorCode = .fileFailed
    ) {
        self.operation = operation
        self.path = path
        self.successes = successes
        self.isLasting = isLasting
        self.code = code
    }
}

/// The faults that wait for their operation.
struct FileFaults {
    private var waiting: [FileFault] = []

    mutating func add(_ fault: FileFault) { waiting.append(fault) }

    mutating func removeAll() { waiting.removeAll() }

    /// How this operation fails; nil if it does not.
    mutating func failure(of operation: FileOperation, _ path: String) -> ErrorCode? {
        for index in waiting.indices {
            let fault = waiting[index]
            guard fault.operation.map({ $0 == operation }) ?? true,
                fault.path.isEmpty || path.contains(fault.path)
            else { continue }
            guard fault.successes > 0 else {
                if !fault.isLasting { waiting.remove(at: index) }
                return fault.code
            }
            waiting[index].successes -= 1
        }
        return nil
    }
}

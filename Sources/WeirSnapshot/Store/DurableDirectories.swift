import Synchronization

/// The directories of a store whose names are known to be on the disk, so that they are synchronised
/// once and not with each file.
final class DurableDirectories: Sendable {
    /// Directories remembered; each checkpoint has one, and old ones are of no interest.
    private static let limit = 64
    private let names = Mutex<Set<String>>([])

    func contains(_ directory: String) -> Bool { names.withLock { $0.contains(directory) } }

    func insert(_ directory: String) {
        names.withLock { names in
            if names.count == Self.limit { names.removeAll() }
            names.insert(directory)
        }
    }
}

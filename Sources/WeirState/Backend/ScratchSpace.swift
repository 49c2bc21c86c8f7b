import Synchronization
import WeirCore

/// The scratch directory of a backend: what is in it is of no use to another process.
///
/// Each attempt has one of its own below the backend's: work of the attempt before may still be
/// under way in another thread, and removes its directory when it ends.
final class ScratchSpace: Sendable {
    let directory: String
    let files: any FileSystem
    private let counter = Atomic<Int>(0)
    /// Files that nobody needs and that are still there.
    private let discarded = Mutex<[String]>([])

    /// Makes the directory of an attempt; those of others go.
    init(_ place: KeyedStatePlace, files: any FileSystem) throws(WeirError) {
        directory = "\(place.scratchDirectory)/a\(place.attempt)"
        self.files = files
        try files.removeTree(place.scratchDirectory)
        try files.makeDirectory(directory)
    }

    deinit { try? files.removeTree(directory) }

    /// Lets a file go at the next `removeDiscarded`; never waits for the disk.
    func discard(_ path: String) { discarded.withLock { $0.append(path) } }

    /// Whether `removeDiscarded` has something to do.
    var hasDiscarded: Bool { discarded.withLock { !$0.isEmpty } }

    /// Removes the files that were discarded; blocks.
    func removeDiscarded() {
        let paths = discarded.withLock { paths in
            defer { paths = [] }
            return paths
        }
        for path in paths { _ = try? files.remove(path) }
    }

    /// A path that was not given out before.
    func newPath(_ kind: String) -> String {
        "\(directory)/\(kind)-\(counter.add(1, ordering: .relaxed).newValue)"
    }
}

/// A directory that goes with the object; it keeps the scratch space that it lies in.
final class ScratchDirectory: Sendable {
    let path: String
    private let space: ScratchSpace

    /// Names a directory, which need not exist yet.
    init(_ space: ScratchSpace, _ kind: String) {
        self.space = space
        path = space.newPath(kind)
    }

    deinit { try? space.files.removeTree(path) }
}

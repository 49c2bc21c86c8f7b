import Synchronization
import WeirCore

/// The scratch directory of a backend: what is in it is of no use to another process.
final class ScratchSpace: Sendable {
    let directory: String
    let files: any FileSystem
    private let counter = Atomic<Int>(0)

    /// Empties the directory, or makes it.
    init(directory: String, files: any FileSystem) throws(WeirError) {
        self.directory = directory
        self.files = files
        try files.removeTree(directory)
        try files.makeDirectory(directory)
    }

    deinit { try? files.removeTree(directory) }

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

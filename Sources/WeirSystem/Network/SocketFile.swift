import Glibc

/// The file of a Unix socket that this process listens on.
struct SocketFile: Sendable {
    let path: String
    private let device: dev_t
    private let inode: ino_t

    /// The socket file at a path; nil if there is none.
    init?(_ path: String) {
        guard let status = Self.status(path), status.st_mode & S_IFMT == S_IFSOCK
        else { return nil }
        self.path = path
        device = status.st_dev
        inode = status.st_ino
    }

    /// Whether there is anything at a path.
    static func isTaken(_ path: String) -> Bool { status(path) != nil }

    /// Removes it, unless another process has put its own in its place.
    func remove() {
        guard let now = SocketFile(path), now.device == device, now.inode == inode else { return }
        unlink(path)
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }
}

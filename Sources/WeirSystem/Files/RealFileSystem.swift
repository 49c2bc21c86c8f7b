import CWeirSystem
import Glibc
import WeirCore

/// The disk by POSIX calls; interrupted calls are repeated.
struct RealFileSystem: FileSystem {
    func open(_ path: String, _ mode: FileMode) throws(WeirError) -> any OpenFile {
        let flags =
            switch mode {
            case .read: O_RDONLY
            case .createNew: O_RDWR | O_CREAT | O_EXCL
            case .truncate: O_RDWR | O_CREAT | O_TRUNC
            case .append: O_RDWR | O_CREAT
            case .readWrite: O_RDWR
            }
        let descriptor = try perform("opening", path) { path in
            Int(Glibc.open(path, flags | O_CLOEXEC, 0o644))
        }
        let file = RealOpenFile(descriptor: CInt(descriptor), path: path)
        if case .append = mode { try file.moveToEnd() }
        // The system opens a directory for reading, and fails later.
        if case .read = mode, try file.isDirectory() {
            throw SystemFailure.file(EISDIR, "opening", path)
        }
        return file
    }

    func status(_ path: String) throws(WeirError) -> FileStatus? {
        var info = stat()
        let found = try performUnlessMissing("looking at", path) { path in
            Int(stat(path, &info))
        }
        guard found != nil else { return nil }
        return FileStatus(
            size: Int(info.st_size),
            isDirectory: info.st_mode & S_IFMT == S_IFDIR,
            modifiedAt: Int64(info.st_mtim.tv_sec) * 1000 + Int64(info.st_mtim.tv_nsec) / 1_000_000,
            inode: UInt64(info.st_ino),
            device: UInt64(info.st_dev)
        )
    }

    func list(_ directory: String) throws(WeirError) -> [String] {
        try refuseZeroByte(directory)
        guard let stream = opendir(directory) else {
            throw SystemFailure.file(errno, "listing", directory)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            // The only way to tell the end from a failure: errno stays zero at the end.
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        if errno != 0 { throw SystemFailure.file(errno, "listing", directory) }
        return names.sorted()
    }

    func makeDirectory(_ path: String) throws(WeirError) {
        if let status = try status(path) {
            if status.isDirectory { return }
            throw WeirError(
                .fileExists,
                "making directory \(path) failed",
                reason: "There is a file of this name.",
                fix: "Name another directory, or move the file away."
            )
        }
        let parent = directory(of: path)
        if parent != path && parent != "." { try makeDirectory(parent) }
        do throws(WeirError) {
            _ = try perform("making directory", path) { path in Int(mkdir(path, 0o755)) }
        } catch {
            // Another process may have made it in between.
            guard error.code == .fileExists, try status(path)?.isDirectory == true else {
                throw error
            }
        }
    }

    func link(_ source: String, _ target: String) throws(WeirError) {
        try refuseZeroByte(target)
        try refuseZeroByte(source)
        guard case .failure(let failure) = retrying({ Int(Glibc.link(source, target)) }) else {
            return
        }
        // A volume without links says that it is not permitted: callers copy instead.
        let number = failure.number == EPERM ? EOPNOTSUPP : failure.number
        throw SystemFailure.file(number, "linking \(target) to", source)
    }

    func rename(_ source: String, _ target: String) throws(WeirError) {
        try refuseZeroByte(target)
        _ = try perform("renaming to \(target):", source) { source in
            Int(Glibc.rename(source, target))
        }
    }

    func remove(_ path: String) throws(WeirError) -> Bool {
        try performUnlessMissing("removing", path) { path in Int(Glibc.remove(path)) } != nil
    }

    func setPermissions(_ path: String, _ permissions: FilePermissions) throws(WeirError) {
        let mode: mode_t =
            switch permissions {
            case .ownerOnly: 0o600
            case .executable: 0o755
            }
        _ = try perform("setting permissions of", path) { path in Int(chmod(path, mode)) }
    }

    func synchronizeDirectory(_ path: String) throws(WeirError) {
        let descriptor = try perform("opening directory", path) { path in
            Int(Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        }
        defer { Glibc.close(CInt(descriptor)) }
        if case .failure(let failure) = retrying({ Int(fsync(CInt(descriptor))) }) {
            throw SystemFailure.file(failure.number, "synchronising directory", path)
        }
    }

    func lock(_ path: String, _ kind: FileLockKind) throws(WeirError) -> (any FileLock)? {
        let opened = try perform("opening lock", path) { path in
            Int(Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644))
        }
        let descriptor = CInt(opened)
        switch retrying({ Int(weir_lock(descriptor, kind == .shared ? 1 : 0)) }) {
        case .success:
            return RealFileLock(descriptor: descriptor)
        case .failure(let failure):
            Glibc.close(descriptor)
            if failure.number == EAGAIN || failure.number == EACCES { return nil }
            throw SystemFailure.file(failure.number, "locking", path)
        }
    }

    func isLocked(_ path: String) throws(WeirError) -> Bool {
        let opened = try performUnlessMissing("opening lock", path) { path in
            Int(Glibc.open(path, O_RDWR | O_CLOEXEC))
        }
        guard let opened else { return false }
        defer { Glibc.close(CInt(opened)) }
        switch retrying({ Int(weir_is_locked(CInt(opened))) }) {
        case .success(let answer): return answer == 1
        case .failure(let failure): throw SystemFailure.file(failure.number, "looking at", path)
        }
    }

    // SAFETY: the C string is valid during the call that it is lent to, and is not kept.
    private func perform(
        _ operation: String,
        _ path: String,
        _ call: (UnsafePointer<CChar>) -> Int
    ) throws(WeirError) -> Int {
        try refuseZeroByte(path)
        switch retrying({ path.withCString(call) }) {
        case .success(let result): return result
        case .failure(let failure): throw SystemFailure.file(failure.number, operation, path)
        }
    }

    private func performUnlessMissing(
        _ operation: String,
        _ path: String,
        _ call: (UnsafePointer<CChar>) -> Int
    ) throws(WeirError) -> Int? {
        try refuseZeroByte(path)
        switch retrying({ path.withCString(call) }) {
        case .success(let result): return result
        case .failure(let failure):
            if failure.number == ENOENT || failure.number == ENOTDIR { return nil }
            throw SystemFailure.file(failure.number, operation, path)
        }
    }

    /// The system would silently use the part before the zero byte: another file.
    private func refuseZeroByte(_ path: String) throws(WeirError) {
        if path.utf8.contains(0) { throw SystemFailure.file(EINVAL, "using path", path) }
    }
}

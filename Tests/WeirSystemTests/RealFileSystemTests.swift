import Testing
import WeirCore
import WeirSystem

@Suite("The real file system")
struct RealFileSystemTests {
    let directory: TemporaryDirectory
    var files: any FileSystem { directory.world.files }

    init() throws { directory = try TemporaryDirectory() }

    @Test("what was written is read, in whole and in part")
    func writeThenRead() throws {
        let path = directory.file("a")
        let file = try files.open(path, .createNew)
        try file.write("hello ")
        try file.write("world")
        try file.write("J", at: 0)
        try file.write("!")
        try file.synchronize()
        #expect(try file.size() == 12)
        var part = [UInt8](repeating: 0, count: 20)
        let count = try part.withUnsafeMutableBytes { try file.read(at: 6, into: $0) }
        #expect(String(decoding: part.prefix(count), as: UTF8.self) == "world!")
        file.close()
        file.close()
        #expect(try files.text(path) == "Jello world!")
    }

    @Test("a file is a program, or for its user alone, if that is said")
    func permissions() throws {
        let script = directory.file("script")
        try files.replaceAll(script, with: Array("#!/bin/sh\nstat -c %a $0\n".utf8))
        try files.setPermissions(script, .executable)
        let world = directory.world
        let program = ChildProgram(script, outputPath: directory.file("mode"))
        #expect(try world.end(of: world.processes.spawn(program)) == .exited(0))
        #expect(try files.text(directory.file("mode")) == "755\n")
        try files.setPermissions(script, .ownerOnly)
        #expect(code { _ = try world.processes.spawn(program) } == .processFailed)
        #expect(code { try files.setPermissions(directory.file("no"), .ownerOnly) } == .fileMissing)
    }

    @Test("appending goes on at the end, also after a truncation")
    func append() throws {
        let path = directory.file("a")
        for text in ["one", "two"] {
            let file = try files.open(path, .append)
            try file.write(text)
            file.close()
        }
        let file = try files.open(path, .append)
        try file.truncate(to: 2)
        try file.write("e")
        #expect(try files.text(path) == "one")
    }

    @Test("read-write begins at the start and goes on after the last write")
    func readWrite() throws {
        let path = directory.file("a")
        try files.replaceAll(path, with: Array("abcdef".utf8))
        let file = try files.open(path, .readWrite)
        try file.write("1")
        try file.write("2")
        #expect(try files.text(path) == "12cdef")
    }

    @Test("errors say which kind they are")
    func errors() throws {
        let path = directory.file("a")
        #expect(code { _ = try files.open(path, .read) } == .fileMissing)
        #expect(code { _ = try files.open(path, .readWrite) } == .fileMissing)
        try files.replaceAll(path, with: [1])
        #expect(code { _ = try files.open(path, .createNew) } == .fileExists)
        #expect(code { try files.link(path, path) } == .fileExists)
        #expect(code { _ = try files.list(path) } == .fileRefused)
        #expect(code { _ = try files.open(directory.path, .read) } == .fileRefused)
        #expect(code { _ = try files.open(directory.path, .readWrite) } == .fileRefused)
        #expect(code { _ = try files.open(path + "/b", .truncate) } == .fileRefused)
        #expect(code { try files.link(directory.path, path + "b") } == .fileFailed)
        #expect(code { try files.makeDirectory(path) } == .fileExists)
        #expect(code { _ = try files.status("a\0b") } == .fileFailed)
        #expect(code { _ = try files.open(path, .read).write("x") } == .fileFailed)
        let file = try files.open(path, .read)
        file.close()
        #expect(code { _ = try file.size() } == .fileFailed)
    }

    @Test("a path that cannot be used says what to do, and a file in a directory's place too")
    func refusals() throws {
        let path = directory.file("a")
        try files.replaceAll(path, with: [1])
        let long = String(repeating: "a", count: 300)
        for refused in [path + "/b", directory.path, directory.file(long)] {
            let error = #expect(throws: WeirError.self) { try files.open(refused, .truncate) }
            #expect(error?.code == .fileRefused)
            #expect(error?.message.contains(refused) == true)
            #expect(error?.fix.isEmpty == false)
        }
        let error = #expect(throws: WeirError.self) { try files.makeDirectory(path + "/b/c") }
        #expect(error?.code == .fileExists)
        #expect(error?.message == "making directory \(path) failed")
        #expect(error?.fix.contains("another directory") == true)
    }

    @Test("a full disk is told apart")
    func diskFull() throws {
        let file = try files.open("/dev/full", .readWrite)
        #expect(code { try file.write("x") } == .diskFull)
    }

    @Test("a failed synchronize stays failed")
    func synchronizeFailure() throws {
        let file = try files.open("/dev/null", .readWrite)
        #expect(code { try file.synchronize() } == .fileFailed)
        #expect(code { try file.synchronize() } == .fileFailed)
    }

    @Test("directories are made with those above, listed in order, and removed as a tree")
    func directories() throws {
        let deep = directory.file("x/y/z")
        try files.makeDirectory(deep)
        try files.makeDirectory(deep)
        for name in ["b", "a", ".c"] { try files.replaceAll("\(deep)/\(name)", with: []) }
        try files.synchronizeDirectory(deep)
        #expect(try files.list(deep) == [".c", "a", "b"])
        #expect(try files.status(deep)?.isDirectory == true)
        #expect(code { try files.remove(deep) } == .fileFailed)
        try files.removeTree(directory.file("x"))
        #expect(try files.status(directory.file("x")) == nil)
        #expect(try files.remove(directory.file("x")) == false)
        #expect(try files.status(directory.file("nothing/below")) == nil)
    }

    @Test("a hard link is a second name; a rename replaces")
    func linkAndRename() throws {
        let (a, b, c) = (directory.file("a"), directory.file("b"), directory.file("c"))
        try files.replaceAll(a, with: Array("A".utf8))
        try files.replaceAll(c, with: Array("C".utf8))
        try files.link(a, b)
        let first = try #require(try files.status(a))
        #expect(try files.status(b).map(first.isSameFile) == true)
        #expect(try files.status(c).map(first.isSameFile) == false)
        try files.rename(b, c)
        #expect(try files.text(c) == "A")
        #expect(try files.list(directory.path) == ["a", "c"])
    }

    @Test("a directory is the same by every path, and another disk's is not")
    func sameDirectory() throws {
        let place = directory.file("place")
        try files.makeDirectory(place)
        let status = try #require(try files.status(place))
        #expect(
            try files.status(directory.path + "/./place/../place/").map(status.isSameFile) == true
        )
        #expect(try files.status(directory.path).map(status.isSameFile) == false)
        // A symbolic link to the directory of this process.
        let itself = try #require(try files.status("."))
        #expect(try files.status("/proc/self/cwd").map(itself.isSameFile) == true)
        let other = try #require(try files.status("/proc"))
        #expect(other.device != status.device)
    }

    @Test("a lock excludes others until it is released")
    func lock() throws {
        let path = directory.file("lock")
        let held = try #require(try files.lock(path, .exclusive))
        #expect(try files.lock(path, .exclusive) == nil)
        held.release()
        held.release()
        let again = try #require(try files.lock(path, .exclusive))
        again.release()
    }

    @Test("shared locks keep out exclusive ones only, until the last is released")
    func sharedLocks() throws {
        let path = directory.file("lock")
        let first = try #require(try files.lock(path, .shared))
        let second = try #require(try files.lock(path, .shared))
        first.release()
        #expect(try files.lock(path, .exclusive) == nil)
        #expect(try files.isLocked(path))
        second.release()
        #expect(try !files.isLocked(path))
        #expect(try !files.isLocked(directory.file("missing")))
        let only = try #require(try files.lock(path, .exclusive))
        #expect(try files.lock(path, .shared) == nil)
        only.release()
    }
}

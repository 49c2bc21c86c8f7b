import Testing
import WeirCore
import WeirSimulation

@Suite("The simulated disk")
struct SimulatedFileSystemTests {
    let world = SimulatedWorld(seed: 11)
    var disk: SimulatedFileSystem { world.disk }

    @Test("it behaves as the real one does")
    func contract() throws {
        try disk.makeDirectory("/data/x")
        try disk.makeDirectory("data/x")
        try disk.replaceAll("data/x/b", with: Array("B".utf8))
        let file = try disk.open("/data/x/a", .createNew)
        try file.write("hello ")
        try file.write("world")
        try file.write("J", at: 0)
        #expect(try file.size() == 11)
        #expect(try disk.list("data/./x") == ["a", "b"])
        #expect(code { _ = try disk.open("data/x/a", .createNew) } == .fileExists)
        #expect(code { _ = try disk.open("data/x/c", .read) } == .fileMissing)
        #expect(code { _ = try disk.open("data/y/c", .truncate) } == .fileMissing)
        #expect(code { _ = try disk.open("data/x", .read) } == .fileRefused)
        #expect(code { try disk.link("data/x/a", "data/x/b") } == .fileExists)
        #expect(code { try disk.remove("data/x") } == .fileFailed)
        #expect(code { try disk.makeDirectory("data/x/a") } == .fileExists)
        #expect(code { _ = try disk.status("a\0") } == .fileFailed)
        try disk.link("data/x/a", "data/x/c")
        #expect(try disk.status("data/x/c")?.inode == disk.status("data/x/a")?.inode)
        try disk.rename("data/x/c", "data/x/b")
        #expect(try disk.text("data/x/b") == "Jello world")
        file.close()
        #expect(code { try file.write("x") } == .fileFailed)
        #expect(code { try disk.open("data/x/a", .read).write("x") } == .fileFailed)
        let appended = try disk.open("data/x/a", .append)
        try appended.truncate(to: 5)
        try appended.write("!")
        #expect(try disk.text("data/x/a") == "Jello!")
        try disk.removeTree("data")
        #expect(try disk.status("data") == nil)
        #expect(try disk.remove("data") == false)
    }

    @Test("what was synchronised survives every power cut")
    func synchronised() throws {
        for seed in 0..<50 {
            let disk = SimulatedWorld(seed: UInt64(seed)).disk
            try disk.makeDirectory("d")
            try disk.synchronizeDirectory("/")
            try disk.replaceAll("d/a", with: Array("first".utf8))
            let file = try disk.open("d/a", .readWrite)
            try file.write("sec", at: 0)
            disk.crash()
            let text = try disk.text("d/a")
            #expect(["first", "secst", "sirst", "serst"].contains(text), "seed \(seed)")
            #expect(try disk.list("d") == ["a"])
        }
    }

    @Test("what was not synchronised is lost, kept, or torn, as the seed decides")
    func unsynchronised() throws {
        var outcomes: Set<Int> = []
        var names: Set<[String]> = []
        for seed in 0..<200 {
            let disk = SimulatedWorld(seed: UInt64(seed)).disk
            let file = try disk.open("kept", .createNew)
            try file.synchronize()
            try disk.synchronizeDirectory("/")
            try file.write(String(repeating: "x", count: 2000))
            for name in ["a", "b"] { _ = try disk.open(name, .createNew) }
            disk.crash()
            let bytes = try disk.readAll("kept")
            outcomes.insert(bytes.count { $0 == UInt8(ascii: "x") })
            names.insert(try disk.list("/"))
            #expect(bytes.allSatisfy { $0 == 0 || $0 == UInt8(ascii: "x") })
        }
        #expect(outcomes.contains(0))
        #expect(outcomes.contains(2000))
        #expect(outcomes.count > 10)
        #expect(names == [["kept"], ["a", "kept"], ["b", "kept"], ["a", "b", "kept"]])
    }

    @Test("a rename is never half done: replaceAll leaves the old content or the new")
    func atomicReplace() throws {
        for seed in 0..<30 {
            var operation = 1
            var isCut = true
            while isCut {
                let disk = SimulatedWorld(seed: UInt64(seed)).disk
                try disk.replaceAll("f", with: Array("old".utf8))
                disk.cutPower(atOperation: operation)
                isCut = code { try disk.replaceAll("f", with: Array("new".utf8)) } != nil
                disk.crash()
                let text = try disk.text("f")
                #expect(isCut ? ["old", "new"].contains(text) : text == "new")
                operation += 1
            }
            #expect(operation == 7)
        }
    }

    @Test("a power cut stops everything until the crash is over; files and locks are gone then")
    func powerCut() throws {
        let file = try disk.open("a", .createNew)
        let lock = try #require(try disk.lock("lock", .exclusive))
        #expect(try disk.lock("lock", .exclusive) == nil)
        disk.cutPower(atOperation: 2)
        #expect(try disk.status("a") != nil)
        #expect(code { try file.write("x") } == .fileFailed)
        #expect(code { _ = try disk.status("a") } == .fileFailed)
        disk.crash()
        #expect(code { try file.write("x") } == .fileFailed)
        let again = try #require(try disk.lock("lock", .exclusive))
        lock.release()
        #expect(try disk.lock("lock", .exclusive) == nil)
        again.release()
        #expect(try disk.lock("lock", .exclusive) != nil)
    }

    @Test("shared locks keep out exclusive ones only, until the last is released")
    func sharedLocks() throws {
        let first = try #require(try disk.lock("lock", .shared))
        let second = try #require(try disk.lock("lock", .shared))
        #expect(try disk.lock("lock", .exclusive) == nil)
        first.release()
        #expect(try disk.lock("lock", .exclusive) == nil)
        #expect(try disk.isLocked("lock"))
        second.release()
        #expect(try !disk.isLocked("lock"))
        #expect(try !disk.isLocked("missing"))
        let only = try #require(try disk.lock("lock", .exclusive))
        #expect(try disk.lock("lock", .shared) == nil)
        only.release()
        #expect(try disk.lock("lock", .shared) != nil)
    }

    @Test("the n-th operation fails as asked, once or for ever")
    func faults() throws {
        let file = try disk.open("a", .createNew)
        disk.inject(FileFault(.write, path: "a", after: 1, code: .diskFull))
        try file.write("1")
        #expect(code { try file.write("2") } == .diskFull)
        try file.write("3")
        #expect(try disk.text("a") == "13")
        disk.inject(FileFault(nil, isLasting: true))
        #expect(code { _ = try disk.list("/") } == .fileFailed)
        #expect(code { _ = try disk.list("/") } == .fileFailed)
        disk.removeFaults()
        #expect(try disk.list("/") == ["a"])
    }

    @Test("after a failed synchronisation the bytes are never on the disk")
    func failedSynchronize() throws {
        for seed in 0..<20 {
            let disk = SimulatedWorld(seed: UInt64(seed)).disk
            let file = try disk.open("a", .createNew)
            try disk.synchronizeDirectory("/")
            try file.write("lost")
            disk.inject(FileFault(.synchronize))
            #expect(code { try file.synchronize() } == .fileFailed)
            #expect(code { try file.synchronize() } == .fileFailed)
            #expect(try disk.text("a") == "lost")
            try disk.open("a", .readWrite).synchronize()
            disk.crash()
            #expect(try disk.text("a") == "")
        }
    }

    @Test("a full disk takes what fits and says so; removing makes room")
    func diskFull() throws {
        disk.capacityBytes = 10
        let file = try disk.open("a", .createNew)
        try file.write("12345678")
        try file.write("x", at: 0)
        #expect(code { try file.write("abcd") } == .diskFull)
        #expect(try disk.text("a") == "x2345678ab")
        try disk.remove("a")
        try disk.open("b", .createNew).write("1234567890")
    }

    @Test("a flipped bit stays flipped")
    func flippedBit() throws {
        try disk.replaceAll("a", with: [1, 2, 3])
        #expect(disk.flipBit(7, at: 1, of: "a"))
        #expect(!disk.flipBit(7, at: 3, of: "a"))
        disk.crash()
        #expect(try disk.readAll("a") == [1, 130, 3])
    }
}

extension OpenFile {
    func write(_ text: String, at offset: Int? = nil) throws {
        let bytes = Array(text.utf8)
        var failure: WeirError?
        bytes.withUnsafeBytes { buffer in
            do throws(WeirError) {
                if let offset { try write(buffer, at: offset) } else { try write(buffer) }
            } catch { failure = error }
        }
        if let failure { throw failure }
    }
}

extension FileSystem {
    func text(_ path: String) throws -> String {
        String(decoding: try readAll(path), as: UTF8.self)
    }
}

/// The code of the error that a call throws; nil if it throws none.
func code(of call: () throws -> Void) -> ErrorCode? {
    do { try call() } catch { return (error as? WeirError)?.code }
    return nil
}

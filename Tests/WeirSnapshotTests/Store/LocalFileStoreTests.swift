import Testing
import WeirCore
import WeirSnapshot

@Suite("The local file store")
struct LocalFileStoreTests {
    let world = MemoryWorld()
    var store: LocalFileStore { LocalFileStore(world: world, directory: "data/checkpoints") }

    @Test("a file that was put is read back, listed and deleted")
    func putReadDelete() throws {
        let stored = try store.putIfAbsent("chk-1/a", bytes: Array("123456789".utf8))
        #expect(stored == StoredFile(size: 9, checksum: 0xE306_9283))
        try store.putIfAbsent("chk-1/b", bytes: [1])
        try store.putIfAbsent("chk-10/a", bytes: [])
        #expect(try store.readAll("chk-1/a") == Array("123456789".utf8))
        #expect(try store.list(prefix: "chk-1") == ["chk-1/a", "chk-1/b", "chk-10/a"])
        #expect(try store.list(prefix: "chk-1/") == ["chk-1/a", "chk-1/b"])
        #expect(try store.size("chk-1/a") == 9)
        try store.delete(["chk-1/a", "chk-1/b", "chk-7/never"])
        #expect(try store.list(prefix: "") == ["chk-10/a"])
        #expect(try world.files.status("data/checkpoints/chk-1") == nil)
        #expect(try store.size("chk-1/a") == nil)
    }

    @Test("a name is given once")
    func putTwice() throws {
        try store.putIfAbsent("x", bytes: [1])
        let error = #expect(throws: WeirError.self) { try store.putIfAbsent("x", bytes: [2]) }
        #expect(error?.code == .fileExists)
        #expect(try store.readAll("x") == [1])
    }

    @Test("a missing file is named")
    func missing() {
        let error = #expect(throws: WeirError.self) { try store.readAll("chk-9/manifest") }
        #expect(error?.code == .missingSnapshotFile)
        #expect(error?.message.contains("chk-9/manifest") == true)
    }

    @Test(
        "names that could leave the directory are refused",
        arguments: ["", "/etc/x", "../x", "a/../x", "a//b", "a/", ".hidden", "a b", "a\0", "ä"]
    )
    func badNames(name: String) {
        #expect(!StoreName.isValid(name))
        let error = #expect(throws: WeirError.self) { try store.putIfAbsent(name, bytes: []) }
        #expect(error?.code == .badValue)
    }

    @Test("a local file is taken over by a link, and copied where there are no links")
    func linking() throws {
        let local = try world.files.open("local.sst", .createNew)
        try [1, 2, 3].withUnsafeBytes {
            try local.write(UnsafeRawBufferPointer(rebasing: $0[..<3]))
        }
        let linked = try store.putIfAbsent("shared/a.sst", linking: "local.sst")
        #expect(world.disk.nodes["data/checkpoints/shared/a.sst"] === world.disk.nodes["local.sst"])
        world.disk.refusesLinks = true
        try store.fetch("shared/a.sst", to: "copy.sst")
        #expect(world.bytes("copy.sst") == world.bytes("local.sst"))
        #expect(world.disk.nodes["copy.sst"] !== world.disk.nodes["local.sst"])
        #expect(linked.size == 3)
    }

    @Test("whichever call fails, the name has the whole file or none")
    func failures() throws {
        for left in 0..<12 {
            let world = MemoryWorld()
            let store = LocalFileStore(world: world, directory: "d")
            world.disk.callsBeforeFailure = left
            let error: WeirError?
            do {
                try store.putIfAbsent("chk-1/a", bytes: [5, 6, 7])
                error = nil
            } catch let caught {
                error = caught
            }
            world.disk.callsBeforeFailure = nil
            #expect(error == nil || error?.code == .diskFull)
            let names = try store.list(prefix: "")
            if names.isEmpty {
                #expect(error != nil)
            } else {
                #expect(try store.readAll("chk-1/a") == [5, 6, 7])
            }
            try store.removeUnfinished()
            #expect(
                try world.files.status("d/.writing") == nil || world.files.list("d/.writing") == []
            )
        }
    }

    @Test("a file that does not fit leaves no directory without a file")
    func noEmptyDirectory() throws {
        try store.putIfAbsent("chk-1/a", bytes: [1])
        for name in ["chk-1/b", "chk-2/a"] {
            world.disk.refusesWrites = true
            let error = #expect(throws: WeirError.self) { try store.putIfAbsent(name, bytes: [2]) }
            #expect(error?.code == .diskFull)
            world.disk.refusesWrites = false
            #expect(try world.files.list("data/checkpoints") == [".writing", "chk-1"])
            #expect(try world.files.list("data/checkpoints/.writing") == [])
        }
    }

    @Test("what a crashed process began goes, with directories that it left empty")
    func removeUnfinished() throws {
        try store.putIfAbsent("chk-1/a", bytes: [1])
        try world.files.makeDirectory("data/checkpoints/chk-2")
        _ = try world.files.open("data/checkpoints/.writing/17", .createNew)
        try store.removeUnfinished()
        #expect(try world.files.list("data/checkpoints") == [".writing", "chk-1"])
        #expect(try world.files.list("data/checkpoints/.writing") == [])
        #expect(try store.readAll("chk-1/a") == [1])
    }

    @Test("a directory that a clean-up removes just before the link is made again")
    func removedBeforeLink() throws {
        world.disk.onLink = { disk in
            disk.onLink = nil
            disk.directories.remove("data/checkpoints/shared")
        }
        try store.putIfAbsent("shared/a", bytes: [1])
        #expect(try store.readAll("shared/a") == [1])
        #expect(try world.files.list("data/checkpoints/shared") == ["a"])
    }
}

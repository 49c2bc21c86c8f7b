import Testing
import Weir
import WeirTesting

@Suite("A store of snapshots on a failing disk")
struct StoreFaultTests {
    private let world = SimulatedWorld(seed: 3)

    @Test("tells that a linked file may not last, not that its name is taken")
    func linkedButNotForGood() throws {
        let store = LocalFileStore(world: world, directory: "/s")
        try world.files.makeDirectory("/w")
        try world.files.replaceAll("/w/a", with: [1, 2, 3])
        world.disk.inject(FileFault(.synchronizeDirectory, path: "/s/chk-1"))
        #expect(throws: WeirError.self) { try store.putIfAbsent("chk-1/a", linking: "/w/a") }
        world.disk.inject(FileFault(.synchronizeDirectory, path: "/s/chk-2"))
        do throws(WeirError) {
            _ = try store.putIfAbsent("chk-2/a", linking: "/w/a")
            Issue.record("the disk did not fail")
        } catch {
            #expect(error.code == .fileFailed)
        }
    }

    @Test("takes in a snapshot whose first try could not be made to last")
    func broughtAgain() throws {
        let source = CheckpointStore(LocalFileStore(world: world, directory: "/from"))
        let target = CheckpointStore(LocalFileStore(world: world, directory: "/to"))
        let stored = try source.files.putIfAbsent("chk-1/part", bytes: [1, 2, 3])
        let handle = FileHandle(name: "chk-1/part", stored: stored)
        try world.files.makeDirectory("/scratch")
        try target.files.putIfAbsent("chk-0/other", bytes: [4])
        world.disk.inject(FileFault(.synchronizeDirectory, path: "/to/chk-1"))
        #expect(throws: WeirError.self) {
            try target.bring(handle, from: source.files, through: "/scratch/1")
        }
        #expect(try target.files.size("chk-1/part") == nil)
        try target.bring(handle, from: source.files, through: "/scratch/2")
        #expect(try target.files.readAll("chk-1/part") == [1, 2, 3])
    }
}

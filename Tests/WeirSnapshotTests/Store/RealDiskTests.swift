import Testing
import WeirCore
import WeirSnapshot
import WeirSystem

@Suite("The file store on a real disk")
struct RealDiskTests {
    @Test("a checkpoint with linked image files is taken, checked, copied and deleted")
    func roundTrip() throws {
        let world = RealWorld()
        let root = "/tmp/weir-snapshot-\(String(world.random.next(), radix: 36))"
        try world.files.makeDirectory(root)
        defer { try? world.files.removeTree(root) }
        try world.files.replaceAll(root + "/000004.sst", with: [UInt8](repeating: 3, count: 5000))
        let files = LocalFileStore(world: world, directory: root + "/checkpoints")
        let store = CheckpointStore(files)
        let image = SegmentTests.image(SegmentTests.entries(2000, seed: 2, longest: 100))
        for number: UInt64 in 1...2 {
            let id = CheckpointID(number)
            let segment = try files.putIfAbsent("chk-\(id)/segment", image.blocks)
            let linked = try files.putIfAbsent(
                "shared/chk-\(id)-000004.sst",
                linking: root + "/000004.sst"
            )
            #expect(linked.size == 5000)
            let handles = [("chk-\(id)/segment", segment), ("shared/chk-\(id)-000004.sst", linked)]
            try store.publish(
                CheckpointManifest(
                    jobID: "j",
                    jobName: "j",
                    checkpoint: id,
                    attempt: Attempt(1),
                    triggeredAt: 0,
                    completedAt: 0,
                    maxParallelism: 128,
                    operators: [
                        OperatorSnapshot(
                            id: OperatorID(hash: 1),
                            name: "o",
                            path: "o",
                            parallelism: 1,
                            subtasks: [
                                SubtaskSnapshot(
                                    index: 0,
                                    segments: handles.map {
                                        SegmentHandle(
                                            file: FileHandle(name: $0, stored: $1),
                                            checkpoint: id,
                                            entryCount: 1
                                        )
                                    }
                                )
                            ]
                        )
                    ]
                )
            )
        }
        #expect(try store.verify(CheckpointID(2)).isSound)
        let copy = LocalFileStore(world: world, directory: root + "/copy")
        try store.copy(CheckpointID(2), to: copy)
        #expect(try CheckpointStore(copy).verify(CheckpointID(2)).fileCount == 3)
        try store.clean(attempt: Attempt(1), keeping: 1)
        #expect(
            try files.list(prefix: "") == [
                "chk-2/completed", "chk-2/manifest", "chk-2/segment", "shared/chk-2-000004.sst",
            ]
        )
        try files.fetch("shared/chk-2-000004.sst", to: root + "/back.sst")
        #expect(
            try world.files.status(root + "/back.sst")?.inode
                == world.files.status(root + "/000004.sst")?.inode
        )
    }
}

import Testing
import WeirCore
import WeirSnapshot

@Suite("The checkpoint store")
struct CheckpointStoreTests {
    @Test("names tell the checkpoint they were written for")
    func names() {
        let id = CheckpointID(12)
        let attempt = Attempt(2)
        let count = OperatorID(hash: 0xAB)
        let task = CheckpointNames.task(id, attempt, count, subtask: 3, kind: "segment")
        #expect(task == "chk-12/00000000000000ab-3-a2-segment")
        let shared = CheckpointNames.shared(id, attempt, count, subtask: 3, localName: "07.sst")
        #expect(shared == "shared/chk-12-00000000000000ab-3-a2-07.sst")
        #expect(CheckpointNames.checkpoint(of: task) == id)
        #expect(CheckpointNames.checkpoint(of: shared) == id)
        #expect(CheckpointNames.checkpoint(of: "chk-012/manifest") == nil)
        #expect(CheckpointNames.checkpoint(of: "chk-x") == nil)
        // After it there would be no next one.
        #expect(CheckpointNames.checkpoint(of: "chk-18446744073709551615/manifest") == nil)
        #expect(CheckpointNames.checkpoint(of: "README") == nil)
    }

    @Test("what was published is listed newest first, and loaded")
    func publish() throws {
        let job = Job()
        let seventh = try job.complete(7)
        try job.complete(9)
        _ = try job.segment(10)
        #expect(
            try job.store.list().map(\.checkpoint)
                == [CheckpointID(10), CheckpointID(9), CheckpointID(7)]
        )
        #expect(try job.store.list().map(\.state) == [.unfinished, .complete, .complete])
        #expect(try job.store.load(CheckpointID(7), jobID: "job") == seventh)
        #expect(try job.store.highestID() == CheckpointID(10))
    }

    @Test("a manifest may be published twice, but not another one under its id")
    func publishTwice() throws {
        let job = Job()
        let manifest = try job.complete(1)
        try job.store.publish(manifest)
        var other = manifest
        other.completedAt = 99
        let error = #expect(throws: WeirError.self) { try job.store.publish(other) }
        #expect(error?.code == .fileExists)
        #expect(try job.store.load(CheckpointID(1)) == manifest)
    }

    @Test("a manifest of another checkpoint or another job is refused")
    func swapped() throws {
        let job = Job()
        try job.complete(1)
        try job.complete(2)
        let foreign = #expect(throws: WeirError.self) {
            try job.store.load(CheckpointID(1), jobID: "other")
        }
        #expect(foreign?.code == .corruptSnapshot)
        job.world.setBytes(
            "checkpoints/chk-2/manifest",
            job.world.bytes("checkpoints/chk-1/manifest")
        )
        let error = #expect(throws: WeirError.self) { try job.store.load(CheckpointID(2)) }
        #expect(error?.code == .corruptSnapshot)
        #expect(error?.reason == "It is the manifest of checkpoint 1.")
    }

    @Test("a copy stands alone and can be moved")
    func copy() throws {
        let job = Job()
        try job.complete(1)
        let shared = try job.segment(2)
        let manifest = job.manifest(
            3,
            segments: [shared, try job.segment(3)],
            image: [try job.imageFile(3)]
        )
        try job.store.publish(manifest)
        let target = LocalFileStore(world: job.world, directory: "elsewhere/sp")
        try job.store.copy(CheckpointID(3), to: target)
        try job.store.copy(CheckpointID(3), to: target)
        try job.world.files.removeTree("checkpoints")
        let place = try SnapshotLocation("elsewhere/sp/chk-3", world: job.world)
        #expect(place.checkpoint == CheckpointID(3))
        #expect(try place.store.verify(CheckpointID(3)).isSound)
        let copied = try place.store.load(CheckpointID(3))
        #expect(copied.purpose == .savepoint)
        #expect(copied.operators == manifest.operators)
        #expect(try target.list(prefix: "").count == 4)
    }

    @Test("a damaged snapshot is not copied")
    func copyDamaged() throws {
        let job = Job()
        let name = try job.complete(1).files[0].name
        job.world.disk.nodes["checkpoints/" + name]?.bytes[5] ^= 1
        let target = LocalFileStore(world: job.world, directory: "sp")
        let error = #expect(throws: WeirError.self) {
            try job.store.copy(CheckpointID(1), to: target)
        }
        #expect(error?.code == .corruptSnapshot)
        #expect(try CheckpointStore(target).list().isEmpty)
    }

    @Test("a place is found by its directory, a checkpoint's directory or its manifest")
    func locations() throws {
        let job = Job()
        try job.complete(4)
        let world = job.world
        #expect(try SnapshotLocation("checkpoints", world: world).checkpoint == nil)
        #expect(try SnapshotLocation("checkpoints/", world: world).checkpoint == nil)
        #expect(
            try SnapshotLocation("checkpoints/chk-4/manifest", world: world).checkpoint
                == CheckpointID(4)
        )
        for path in ["checkpoints/chk-5", "nowhere", "", "."] {
            let error = #expect(throws: WeirError.self) {
                try SnapshotLocation(path, world: world)
            }
            #expect(error?.code == .noSnapshot, "\(path)")
        }
    }
}

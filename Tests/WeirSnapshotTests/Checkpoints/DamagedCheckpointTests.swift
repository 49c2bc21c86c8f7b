import Testing
import WeirCore
import WeirSnapshot

@Suite("Damaged checkpoints")
struct DamagedCheckpointTests {
    enum Damage: CaseIterable {
        case flipFirst
        case flipMiddle
        case flipLast
        case truncate
        case empty
        case delete

        func apply(_ path: String, in world: MemoryWorld) {
            var bytes = world.bytes(path)
            switch self {
            case .flipFirst: bytes[0] ^= 4
            case .flipMiddle: bytes[bytes.count / 2] ^= 128
            case .flipLast: bytes[bytes.count - 1] ^= 1
            case .truncate: bytes.removeLast()
            case .empty: bytes = []
            case .delete:
                world.disk.nodes[path] = nil
                return
            }
            world.setBytes(path, bytes)
        }
    }

    @Test("each file, damaged in each way, is named, and the older checkpoint is used")
    func everyFile() throws {
        let names = try {
            let job = Job()
            try job.complete(1)
            return try [CheckpointNames.manifest(CheckpointID(2))]
                + job.complete(2).files.map(\.name)
        }()
        #expect(names.count == 3)
        for damage in Damage.allCases {
            for name in names {
                let job = Job()
                try job.complete(1)
                try job.complete(2)
                _ = try job.segment(3)
                damage.apply("checkpoints/" + name, in: job.world)
                let report = try job.store.verify(CheckpointID(2))
                #expect(report.problems.map(\.file) == [name], "\(damage)")
                #expect(report.problems.first?.error.description.contains(name) == true)
                let choice = try job.store.newestRestorable(.checksums, jobID: "job")
                #expect(choice?.manifest.checkpoint == CheckpointID(1), "\(damage) \(name)")
                #expect(choice?.skipped.map(\.checkpoint) == [CheckpointID(2)])
                #expect(choice?.completedAfter == [CheckpointID(2)])
            }
        }
    }

    @Test("a segment that was replaced by another good one is found")
    func replaced() throws {
        let job = Job()
        let first = try job.complete(1).files[1].name
        let second = try job.complete(2).files[1].name
        job.world.setBytes("checkpoints/" + second, job.world.bytes("checkpoints/" + first))
        #expect(try job.store.verify(CheckpointID(2)).problems.map(\.file) == [second])
    }

    @Test("the place of the damage in a segment is told, with the directory")
    func place() throws {
        let job = Job()
        let segment = try job.complete(1).files[1].name
        job.world.disk.nodes["checkpoints/" + segment]?.bytes[100] ^= 1
        let problem = try job.store.verify(CheckpointID(1)).problems.first
        #expect(problem?.error.position == "checkpoints/" + segment + ":16")
        #expect(problem?.error.message.contains("checkpoints/" + segment) == true)
    }

    @Test("when all are damaged, the job does not start from nothing")
    func allDamaged() throws {
        let job = Job()
        try job.complete(1)
        try job.complete(2)
        for number in 1...2 { job.world.setBytes("checkpoints/chk-\(number)/manifest", []) }
        let error = #expect(throws: WeirError.self) {
            try job.store.newestRestorable(.checksums)
        }
        #expect(error?.code == .noSnapshot)
        #expect(error?.message == "All 2 checkpoints are damaged.")
    }

    @Test("where no checkpoint was ever completed, there is nothing to restore")
    func none() throws {
        let job = Job()
        #expect(try job.store.newestRestorable(.checksums) == nil)
        _ = try job.segment(1)
        #expect(try job.store.newestRestorable(.checksums) == nil)
    }

    @Test("a checkpoint that was withdrawn is not restored, but its output is withdrawn again")
    func withdrawn() throws {
        var job = Job()
        for number: UInt64 in 1...4 { try job.complete(number) }
        let choice = try job.store.restore(CheckpointID(2), .checksums)
        #expect(choice.completedAfter == [CheckpointID(3), CheckpointID(4)])
        try job.store.withdraw(after: CheckpointID(2), attempt: Attempt(2))
        try job.store.withdraw(after: CheckpointID(2), attempt: Attempt(2))
        // A crash before the new attempt has completed anything: the same start again.
        let again = try job.store.newestRestorable(.checksums)
        #expect(again?.manifest.checkpoint == CheckpointID(2))
        #expect(again?.completedAfter == [CheckpointID(3), CheckpointID(4)])
        #expect(again?.skipped == [])
        #expect(try job.store.clean(attempt: Attempt(2), keeping: 1).files == [])
        job.attempt = Attempt(2)
        try job.complete(5)
        let report = try job.store.clean(attempt: Attempt(2), keeping: 2)
        #expect(report.checkpoints == [CheckpointID(1), CheckpointID(3), CheckpointID(4)])
        #expect(
            try job.store.list().map(\.checkpoint) == [CheckpointID(5), CheckpointID(2)]
        )
    }

    @Test("a checkpoint that was never completed cannot be chosen")
    func chooseUnfinished() throws {
        let job = Job()
        _ = try job.segment(1)
        for number: UInt64 in [1, 2] {
            let error = #expect(throws: WeirError.self) {
                try job.store.restore(CheckpointID(number), .sizes)
            }
            #expect(error?.code == .noSnapshot)
        }
    }
}

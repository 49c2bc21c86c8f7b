import CWeirIntrinsics
import Testing
import WeirCore
import WeirSnapshot

@Suite("Manifests")
struct ManifestTests {
    static let file = FileHandle(
        name: "chk-7/00000000000000aa-1-a3-segment",
        stored: StoredFile(size: 300, checksum: 0xDEAD_BEEF),
        keyGroups: KeyGroupRange(64, 127)
    )

    static let example = CheckpointManifest(
        jobID: "6a1f",
        jobName: "Flüge",
        checkpoint: CheckpointID(7),
        attempt: Attempt(3),
        epoch: 2,
        purpose: .savepoint,
        isUnaligned: true,
        triggeredAt: 1_700_000_000_000,
        completedAt: 1_700_000_000_321,
        maxParallelism: 128,
        operators: [
            OperatorSnapshot(
                id: OperatorID(hash: 0xAA),
                name: "count",
                path: "source/keyBy/count",
                parallelism: 2,
                states: [
                    StateSchema(
                        id: 4,
                        name: "total",
                        kind: 2,
                        keySchemaID: 9,
                        valueSchemaID: 10,
                        keySchema: [1, 2],
                        valueSchema: [3]
                    )
                ],
                subtasks: [
                    SubtaskSnapshot(index: 0, keyGroups: KeyGroupRange(0, 64)),
                    SubtaskSnapshot(
                        index: 1,
                        keyGroups: KeyGroupRange(64, 128),
                        image: ImageHandle(
                            files: [
                                StoredImageFile(
                                    localName: "000012.sst",
                                    file: FileHandle(
                                        name: "shared/chk-5-00000000000000aa-1-a3-000012.sst",
                                        stored: StoredFile(size: 70_000, checksum: 1),
                                        keyGroups: KeyGroupRange(64, 128)
                                    )
                                )
                            ],
                            foldedThrough: CheckpointID(5)
                        ),
                        segments: [
                            SegmentHandle(file: file, checkpoint: CheckpointID(7), entryCount: 12)
                        ],
                        blobs: [
                            StateBlob(
                                name: "list",
                                redistribution: 1,
                                elements: [[9, 8], [], [7]]
                            )
                        ],
                        channels: [ChannelHandle(input: 0, channel: 3, file: file)]
                    ),
                ]
            ),
            OperatorSnapshot(
                id: OperatorID(hash: 5),
                name: "source",
                path: "source",
                parallelism: 1,
                subtasks: [
                    SubtaskSnapshot(
                        index: 0,
                        blobs: [StateBlob(name: "splits", redistribution: 0, elements: [[0, 255]])]
                    )
                ]
            ),
        ]
    )

    @Test("a manifest survives its bytes; operators are sorted by id")
    func roundTrip() throws {
        let decoded = try CheckpointManifest(decoding: Self.example.encoded(), name: "m")
        #expect(decoded == Self.example)
        #expect(decoded.operators.map(\.name) == ["source", "count"])
        #expect(decoded.operators[0].subtasks[0].blob("splits")?.elements == [[0, 255]])
        #expect(decoded.files.map(\.size) == [70_000, 300])
        #expect(decoded.byteCount == 70_300)
    }

    @Test("the golden file of version 1 is read, and written the same")
    func golden() throws {
        try Fixture.rewrite("v1/manifest", Self.example.encoded())
        let bytes = try Fixture.bytes("v1/manifest")
        #expect(try CheckpointManifest(decoding: bytes, name: "v1/manifest") == Self.example)
        #expect(Self.example.encoded() == bytes)
    }

    @Test("every flipped bit and every cut is found")
    func damage() throws {
        let good = Self.example.encoded()
        for bit in 0..<good.count * 8 {
            var bytes = good
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            let error = #expect(throws: WeirError.self) {
                try CheckpointManifest(decoding: bytes, name: "chk-7/manifest")
            }
            #expect(error?.code == .corruptSnapshot, "bit \(bit)")
            #expect(error?.position.hasPrefix("chk-7/manifest:") == true)
        }
        for length in 0..<good.count {
            #expect(throws: WeirError.self) {
                try CheckpointManifest(decoding: Array(good[..<length]), name: "m")
            }
        }
    }

    @Test("hostile bytes with a right checksum are read or refused")
    func hostile() throws {
        let seed: UInt64 = 77
        var random = SplitMix64(seed: seed)
        let good = Self.example.encoded()
        var refused = 0
        for _ in 0..<100_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 24..<bytes.count, using: &random)
                let values: [UInt8] = [
                    0, 1, 0x7F, 0x80, 0xFF, .random(in: 0...255, using: &random),
                ]
                bytes[place] = values[Int.random(in: 0..<values.count, using: &random)]
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                bytes.removeLast(Int.random(in: 0..<bytes.count - 24, using: &random))
            }
            do {
                let read = try CheckpointManifest(decoding: Self.sealed(bytes), name: "m")
                #expect(read.files.allSatisfy { StoreName.isValid($0.name) })
                _ = read.byteCount
            } catch let error {
                refused += 1
                #expect(error.code == .corruptSnapshot)
            }
        }
        #expect(refused > 30_000, "seed \(seed)")
    }

    @Test("what no snapshot can be is refused: numbers without a next one, an operator twice")
    func impossible() {
        var manifests = [Self.example, Self.example, Self.example, Self.example]
        manifests[0].checkpoint = CheckpointID(.max)
        manifests[1].attempt = Attempt(.max)
        manifests[2].operators.append(manifests[2].operators[0])
        let huge = FileHandle(name: "a", stored: StoredFile(size: .max, checksum: 1))
        manifests[3].operators[0].subtasks[0].channels = [
            ChannelHandle(input: 0, channel: 0, file: huge)
        ]
        for manifest in manifests {
            let error = #expect(throws: WeirError.self) {
                try CheckpointManifest(decoding: manifest.encoded(), name: "m")
            }
            #expect(error?.code == .corruptSnapshot)
        }
    }

    @Test("a later version is refused by its number")
    func laterVersion() {
        var bytes = Self.example.encoded()
        bytes[8] = 9
        let error = #expect(throws: WeirError.self) {
            try CheckpointManifest(decoding: Self.sealed(bytes), name: "m")
        }
        #expect(error?.code == .snapshotVersion)
    }

    @Test("a file name that leads out of the store is refused")
    func hostileName() {
        var manifest = Self.example
        let outside = FileHandle(
            name: "../../etc/passwd",
            stored: StoredFile(size: 1, checksum: 1)
        )
        manifest.operators[0].subtasks[0].channels = [
            ChannelHandle(input: 0, channel: 0, file: outside)
        ]
        let error = #expect(throws: WeirError.self) {
            try CheckpointManifest(decoding: manifest.encoded(), name: "m")
        }
        #expect(error?.code == .corruptSnapshot)
        #expect(error?.reason.contains("../../etc/passwd") == true)
    }

    /// The bytes with length and checksum made right.
    static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        let length = UInt64(bytes.count - 24)
        for index in 0..<8 { bytes[12 + index] = UInt8(truncatingIfNeeded: length >> (8 * index)) }
        let checksum = bytes.withUnsafeBytes { buffer -> UInt32 in
            let head = weir_crc32c(0, buffer.baseAddress, 20)
            let body = UnsafeRawBufferPointer(rebasing: buffer[24...])
            return weir_crc32c(head, body.baseAddress, body.count)
        }
        for index in 0..<4 {
            bytes[20 + index] = UInt8(truncatingIfNeeded: checksum >> (8 * index))
        }
        return bytes
    }
}

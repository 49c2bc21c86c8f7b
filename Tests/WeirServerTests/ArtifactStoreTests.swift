import Testing
import WeirCore
import WeirREST
import WeirServer
import WeirSimulation

@Suite("The store of executables")
struct ArtifactStoreTests {
    private let world = SimulatedWorld(seed: 1)
    private let hash = String(repeating: "ab", count: 32)

    /// A store, and an upload of a program that this machine runs.
    private func upload(
        _ name: String = "job",
        _ program: ELFBuilder = .native
    ) throws -> ArtifactUpload {
        try world.files.makeDirectory("/data/artifacts/uploads")
        // The job manager's directory is durable before anybody uploads.
        try world.files.synchronizeDirectory("/")
        let path = "/data/artifacts/uploads/.upload"
        let bytes = program.bytes()
        try world.files.replaceAll(path, with: bytes)
        return ArtifactUpload(path: path, name: name, sizeBytes: bytes.count, sha256: hash)
    }

    private var store: ArtifactStore {
        ArtifactStore(world: world, directory: "/data/artifacts")
    }

    @Test("keeps a program under its hash and name, and may run it, after a power cut as well")
    func add() throws {
        let artifact = try store.add(upload())
        #expect(artifact.id == hash + "_job")
        #expect(try world.files.list("/data/artifacts/uploads").isEmpty)
        // The job manager's own directory is not the store's.
        try world.files.synchronizeDirectory("/")
        world.disk.cutPower(atOperation: 1)
        _ = try? world.files.status("/")
        world.disk.crash()
        let path = try store.find(artifact.id).path
        #expect(path == "/data/artifacts/\(hash)/job")
        #expect(try world.files.readAll(path) == ELFBuilder.native.bytes())
        #expect(world.disk.permissions(of: path) == .executable)
        #expect(try store.list() == [artifact])
    }

    @Test("takes the same content once, and under another name beside it")
    func twice() throws {
        let first = try store.add(upload())
        #expect(try store.add(upload()) == first)
        let other = try store.add(upload("other"))
        #expect(try Set(store.list().map(\.id)) == [first.id, other.id])
        try store.remove(first.id)
        #expect(try store.list() == [other])
        try store.remove(other.id)
        #expect(try world.files.list("/data/artifacts") == ["uploads"])
    }

    @Test(
        "knows no other ids than its own",
        arguments: ["", "x", "../../etc_passwd", "ab_job", "HASH", "HASH_", "HASH_..", "HASH_a/b"]
    )
    func unknown(id: String) throws {
        _ = try store.add(upload())
        do throws(WeirError) {
            _ = try store.find(id.replacing("HASH", with: hash))
            Issue.record("there is no \(id)")
        } catch {
            #expect(error.code == .resourceUnknown)
        }
    }

    @Test("a job keeps its program when the artifact is removed")
    func kept() throws {
        let programs = JobPrograms(world: world, directory: "/data/programs")
        let artifact = try store.add(upload())
        let job = JobID(number: 5)
        let path = try programs.keep(store.find(artifact.id), for: job)
        #expect(try programs.keep(store.find(artifact.id), for: job) == path)
        try store.remove(artifact.id)
        #expect(try world.files.readAll(path) == ELFBuilder.native.bytes())
        #expect(try programs.list() == [job])
        try programs.drop(job)
        #expect(try programs.list().isEmpty)
    }

    // MARK: What cannot run here

    @Test("refuses what is no program, and says what it is; nothing stays behind")
    func noProgram() throws {
        for (text, reason) in [
            ("#!/bin/sh\n" + String(repeating: "#", count: 80), "script"),
            ("PK\u{3}\u{4}" + String(repeating: " ", count: 80), "JAR of Flink"),
            (String(repeating: "text ", count: 20), "does not begin as a program does"),
            ("short", "does not begin"), ("\u{7F}ELF\u{2}\u{1}", "ends in its header"),
        ] {
            let upload = try upload()
            try world.files.replaceAll(upload.path, with: Array(text.utf8))
            let error = try refusal(upload)
            #expect(error.kind == .fixJob)
            #expect(error.reason.contains(reason), "\(error)")
            #expect(try store.list().isEmpty)
            #expect(try world.files.status(upload.path) == nil)
        }
    }

    @Test("refuses a program of another machine, with both names")
    func otherMachine() throws {
        var program = ELFBuilder.native
        program.machine = 243
        let error = try refusal(try upload("job", program))
        #expect(error.kind == .refused)
        #expect(error.reason.contains("RISC-V (243)"), "\(error)")
    }

    @Test("refuses a program whose libraries, or versions of them, are missing, with their names")
    func needed() throws {
        var library = ELFBuilder.native
        library.defines = ["GLIBC_2.34", "GLIBC_2.36"]
        try world.files.makeDirectory("/usr/lib/here")
        try world.files.makeDirectory("/etc/ld.so.conf.d")
        try world.files.replaceAll(
            "/etc/ld.so.conf",
            with: Array("include /etc/ld.so.conf.d/*.conf\n".utf8)
        )
        try world.files.replaceAll(
            "/etc/ld.so.conf.d/a.conf",
            with: Array("# a comment\n/usr/lib/here\n".utf8)
        )
        try world.files.replaceAll("/usr/lib/here/libc.so.6", with: library.bytes())
        var program = ELFBuilder.native
        program.needed = [("libc.so.6", ["GLIBC_2.34", "GLIBC_2.36"])]
        _ = try store.add(upload("fits", program))

        program.needed = [
            ("libc.so.6", ["GLIBC_2.34", "GLIBC_2.38", "GLIBC_2.39"]), ("libswiftCore.so", []),
        ]
        let error = try refusal(try upload("job", program))
        #expect(
            error.reason == "/usr/lib/here/libc.so.6 does not have the versions GLIBC_2.38, "
                + "GLIBC_2.39; the library libswiftCore.so is not on this machine."
        )
        #expect(error.fix.contains("--static-swift-stdlib"))
    }

    @Test("looks for libraries where the program says")
    func runPath() throws {
        try world.files.makeDirectory("/opt/lib")
        try world.files.replaceAll("/opt/lib/libx.so", with: ELFBuilder.native.bytes())
        var program = ELFBuilder.native
        program.needed = [("libx.so", [])]
        #expect(try refusal(try upload("job", program)).reason.contains("libx.so"))
        program.runPath = "$ORIGIN:/opt/lib"
        _ = try store.add(upload("job", program))
    }

    @Test("a header of any bytes ends in a program or a refusal", arguments: [UInt64(1), 2, 3])
    func hostile(seed: UInt64) throws {
        var chance = SplitMix64(seed: seed)
        var program = ELFBuilder.native
        program.needed = [("libc.so.6", ["A", "B"]), ("libm.so.6", ["C"])]
        program.runPath = "/a:/b"
        program.defines = ["V1", "V2"]
        let good = program.bytes()
        for round in 0..<2000 {
            var bytes = good
            for _ in 0...(chance.next() % 4) {
                let index = Int(chance.next() % UInt64(bytes.count))
                switch chance.next() % 3 {
                case 0: bytes[index] = UInt8(truncatingIfNeeded: chance.next())
                case 1: bytes[index] = 0xFF
                default: bytes.removeLast(min(bytes.count - 1, Int(chance.next() % 40)))
                }
                if bytes.count < 2 { break }
            }
            let upload = try upload()
            try world.files.replaceAll(upload.path, with: bytes)
            do throws(WeirError) {
                _ = try store.add(upload)
            } catch {
                #expect(error.code == .artifactRefused, "seed \(seed), round \(round): \(error)")
            }
        }
    }

    private func refusal(_ upload: ArtifactUpload) throws -> WeirError {
        do throws(WeirError) {
            _ = try store.add(upload)
        } catch {
            #expect(error.code == .artifactRefused)
            return error
        }
        throw WeirError(.badValue, "it was taken")
    }
}

extension ELFBuilder {
    /// A program for this machine that needs nothing.
    static var native: ELFBuilder {
        var builder = ELFBuilder()
        #if arch(arm64)
        builder.machine = 183
        #endif
        return builder
    }
}

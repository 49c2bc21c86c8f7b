import WeirCore

/// What the header of a program or library says about where it runs: machine, libraries, versions.
///
/// Reads ELF files of 64 bits, little-endian: those of the machines that Weir runs on. Every number in
/// one is somebody else's: whatever the bytes are, reading ends, and takes little memory.
struct ELFImage: Sendable, Equatable {
    /// A library that a program asks for, and the versions of symbols that it wants from it.
    struct Requirement: Sendable, Equatable {
        let soname: String
        var versions: [String]
    }

    /// The number of the processor's kind: 62 for x86-64, 183 for AArch64.
    private(set) var machine = 0
    /// Whether it is a program, or a library that may be one.
    private(set) var isExecutable = false
    /// Libraries without which it does not start.
    private(set) var requirements: [Requirement] = []
    /// Where it looks for them first, as written.
    private(set) var runPaths: [String] = []
    /// Versions of symbols that it has for others.
    private(set) var definedVersions: Set<String> = []

    /// Why a file cannot be read as one of these.
    struct Malformed: Error {
        let reason: String
    }

    /// Reads the header of a file.
    init(_ source: ELFSource) throws(Malformed) {
        let header = source.beginning(64)
        guard header.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
            throw Malformed(reason: Self.kind(of: header))
        }
        guard header.count == 64 else { throw Malformed(reason: "It ends in its header.") }
        guard header[4] == 2, header[5] == 1 else {
            throw Malformed(reason: "It is for machines of 32 bits, or of the other byte order.")
        }
        let type = header.number(at: 16, bytes: 2)
        isExecutable = type == 2 || type == 3
        machine = header.number(at: 18, bytes: 2)
        let segments = try Segments(header, source)
        guard let dynamic = try Dynamic(segments, source) else { return }
        runPaths = try dynamic.runPaths()
        requirements = try dynamic.requirements()
        definedVersions = try dynamic.definedVersions()
    }

    /// What a file is that is no ELF file, for people.
    private static func kind(of bytes: [UInt8]) -> String {
        if bytes.starts(with: [0x50, 0x4B, 3, 4]) {
            return "It is a ZIP archive, such as a JAR of Flink, which Weir cannot run."
        }
        if bytes.starts(with: Array("#!".utf8)) { return "It is a script." }
        return "It does not begin as a program does."
    }
}

/// Where pieces of a file come from.
struct ELFSource {
    private let file: any OpenFile

    init(_ file: any OpenFile) { self.file = file }

    /// The first bytes of the file; fewer if it is shorter, or cannot be read.
    func beginning(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = bytes.withUnsafeMutableBytes { buffer in
            (try? file.read(at: 0, into: buffer)) ?? 0
        }
        bytes.removeLast(count - read)
        return bytes
    }

    /// Bytes of the file, all of them.
    func bytes(at offset: Int, count: Int) throws(ELFImage.Malformed) -> [UInt8] {
        guard offset >= 0, count >= 0, count <= 16 << 20 else {
            throw ELFImage.Malformed(reason: "A part of it is larger than any is.")
        }
        var bytes = [UInt8](repeating: 0, count: count)
        let read = bytes.withUnsafeMutableBytes { buffer -> Int? in
            do throws(WeirError) {
                return try file.read(at: offset, into: buffer)
            } catch {
                return nil
            }
        }
        guard read == count else {
            throw ELFImage.Malformed(reason: "It ends before its header says so.")
        }
        return bytes
    }
}

extension [UInt8] {
    /// A number, the lowest byte first; 0 if it is not all there.
    func number(at offset: Int, bytes count: Int) -> Int {
        guard offset >= 0, offset <= self.count - count else { return 0 }
        var value: UInt64 = 0
        for index in (0..<count).reversed() { value = value << 8 | UInt64(self[offset + index]) }
        return Int(truncatingIfNeeded: value)
    }

    /// The text at an offset, up to the zero behind it.
    func text(at offset: Int) throws(ELFImage.Malformed) -> String {
        guard offset >= 0, offset < count else {
            throw ELFImage.Malformed(reason: "A name in its header is outside of it.")
        }
        return String(decoding: self[offset...].prefix { $0 != 0 }, as: UTF8.self)
    }
}

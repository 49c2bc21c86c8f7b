import WeirCore

/// Finds out before a job starts whether its executable can run here: machine, libraries, versions.
///
/// The loader would tell it as well, one library at a time, and on each machine anew.
struct ArtifactCheck {
    private let world: any World

    init(world: any World) { self.world = world }

    /// Lets a program through that can run on this machine.
    ///
    /// - Throws: `artifactRefused` with the names of what is missing; what files throw.
    func check(_ path: String, name: String) throws(WeirError) {
        let image: ELFImage
        do throws(ELFImage.Malformed) {
            let file = try opened(path)
            defer { file.close() }
            image = try ELFImage(ELFSource(file))
        } catch {
            throw refusal(name, error.reason, kind: .fixJob)
        }
        guard image.isExecutable else { throw refusal(name, "It is no program.", kind: .fixJob) }
        guard image.machine == Self.machine else {
            throw refusal(
                name,
                "It is for the machine \(Self.name(of: image.machine)), and this one is "
                    + "\(Self.name(of: Self.machine))."
            )
        }
        let problems = try problems(image, directory: world.files.directory(of: path))
        guard problems.isEmpty else {
            throw refusal(name, problems.joined(separator: "; ") + ".")
        }
    }

    /// A file that cannot be opened is an error of another kind.
    private func opened(_ path: String) throws(ELFImage.Malformed) -> any OpenFile {
        do throws(WeirError) {
            return try world.files.open(path, .read)
        } catch {
            throw ELFImage.Malformed(reason: "\(error.message) \(error.reason)")
        }
    }

    private func problems(
        _ image: ELFImage,
        directory: String
    ) throws(WeirError) -> [String] {
        let places = try LibraryPlaces(world: world)
        var problems: [String] = []
        for requirement in image.requirements {
            let paths = image.runPaths.map {
                $0.replacing("${ORIGIN}", with: directory).replacing("$ORIGIN", with: directory)
            }
            guard let found = try places.find(requirement.soname, first: paths) else {
                problems.append("the library \(requirement.soname) is not on this machine")
                continue
            }
            let missing = try versions(requirement.versions, missingIn: found)
            guard !missing.isEmpty else { continue }
            problems.append(
                "\(found) does not have the versions \(missing.joined(separator: ", "))"
            )
        }
        return problems
    }

    /// Versions that a library does not have; a library that cannot be read is not judged.
    private func versions(
        _ wanted: [String],
        missingIn path: String
    ) throws(WeirError) -> [String] {
        if wanted.isEmpty { return [] }
        let file = try world.files.open(path, .read)
        defer { file.close() }
        guard let image = try? ELFImage(ELFSource(file)), !image.definedVersions.isEmpty else {
            return []
        }
        return wanted.filter { !image.definedVersions.contains($0) }
    }

    private func refusal(
        _ name: String,
        _ reason: String,
        kind: WeirError.Kind? = nil
    ) -> WeirError {
        WeirError(
            .artifactRefused,
            "\(name) cannot run on the cluster's machines.",
            reason: reason,
            fix: "Build it on a system like theirs, with `swift build -c release "
                + "--static-swift-stdlib`, or install what is missing.",
            kind: kind
        )
    }

    // MARK: Machines

    #if arch(x86_64)
    private static let machine = 62
    #elseif arch(arm64)
    private static let machine = 183
    #endif

    private static func name(of machine: Int) -> String {
        switch machine {
        case 3: "x86 (3)"
        case 62: "x86-64 (62)"
        case 183: "AArch64 (183)"
        case 243: "RISC-V (243)"
        default: "\(machine)"
        }
    }
}

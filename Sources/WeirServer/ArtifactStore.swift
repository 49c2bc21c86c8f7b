import WeirCore
import WeirREST

/// The executables that were uploaded, by their content.
///
/// ```
/// DIRECTORY/SHA256/NAME       one executable; its id is SHA256_NAME
/// ```
///
/// What is there was on the disk, and could run here, before it had its name.
package struct ArtifactStore: Sendable {
    private let world: any World
    private let directory: String

    /// A store in a directory.
    package init(world: any World, directory: String) {
        self.world = world
        self.directory = directory
    }

    /// Where uploads are to be written: on the same disk, so that they can be moved.
    static func uploads(_ directory: String) -> String { directory + "/artifacts/uploads" }

    /// Takes an upload over; the same content under the same name is one artifact.
    ///
    /// - Throws: `artifactRefused` if it cannot run here; what files throw. Nothing stays behind then.
    package func add(_ upload: ArtifactUpload) throws(WeirError) -> Artifact {
        do throws(WeirError) {
            try ArtifactCheck(world: world).check(upload.path, name: upload.name)
            let home = directory + "/" + upload.sha256
            let path = home + "/" + upload.name
            if try world.files.status(path) == nil {
                try world.files.setPermissions(upload.path, .executable)
                try world.files.makeDirectory(home)
                try world.files.rename(upload.path, path)
                try world.files.synchronizeDirectory(home)
                try world.files.synchronizeDirectory(directory)
                // The directory itself may be young, too.
                try world.files.synchronizeDirectory(world.files.directory(of: directory))
            } else {
                try world.files.remove(upload.path)
            }
            return try artifact(upload.sha256, upload.name)
        } catch {
            // It may have been moved; then nothing is left here.
            _ = try? world.files.remove(upload.path)
            throw error
        }
    }

    /// All artifacts, the youngest first.
    package func list() throws(WeirError) -> [Artifact] {
        guard try world.files.status(directory) != nil else { return [] }
        var found: [Artifact] = []
        for hash in try world.files.list(directory) where Self.isHash(hash) {
            for name in try world.files.list(directory + "/" + hash) {
                found.append(try artifact(hash, name))
            }
        }
        return found.sorted { ($0.uploadTime, $0.id) > ($1.uploadTime, $1.id) }
    }

    private func artifact(_ hash: String, _ name: String) throws(WeirError) -> Artifact {
        let status = try world.files.status(directory + "/" + hash + "/" + name)
        return Artifact(id: hash + "_" + name, name: name, uploadTime: status?.modifiedAt ?? 0)
    }

    /// The name and the path of an artifact.
    ///
    /// - Throws: `resourceUnknown`.
    package func find(_ id: String) throws(WeirError) -> (name: String, path: String) {
        let hash = String(id.prefix(64))
        let name = String(id.dropFirst(65))
        let path = directory + "/" + hash + "/" + name
        guard Self.isHash(hash), id.dropFirst(64).first == "_", !name.isEmpty,
            !name.contains("/"), name != ".", name != "..",
            try world.files.status(path)?.isDirectory == false
        else {
            throw WeirError(
                .resourceUnknown,
                "There is no artifact \(id).",
                fix:
                    "Upload it with `weir submit` or POST jars/upload; GET jars lists what there is."
            )
        }
        return (name, path)
    }

    /// Removes an artifact; jobs keep what they run.
    ///
    /// - Throws: `resourceUnknown`; what files throw.
    package func remove(_ id: String) throws(WeirError) {
        let path = try find(id).path
        try world.files.remove(path)
        let home = world.files.directory(of: path)
        // Another name of the same content may be there.
        if try world.files.list(home).isEmpty { try world.files.remove(home) }
    }

    private static func isHash(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    }
}

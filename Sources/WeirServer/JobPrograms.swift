import WeirCore

/// The executables of jobs: second names of artifacts, so that a job keeps its own whatever becomes of
/// the artifact.
///
/// ```
/// DIRECTORY/JOB/NAME
/// ```
package struct JobPrograms: Sendable {
    private let world: any World
    private let directory: String

    /// The executables in a directory.
    package init(world: any World, directory: String) {
        self.world = world
        self.directory = directory
    }

    /// Gives a job its executable; returns the path.
    ///
    /// Giving it again is harmless.
    package func keep(
        _ artifact: (name: String, path: String),
        for job: JobID
    ) throws(WeirError) -> String {
        let home = directory + "/\(job)"
        let path = home + "/" + artifact.name
        try world.files.makeDirectory(home)
        do throws(WeirError) {
            try world.files.link(artifact.path, path)
        } catch let error where error.code == .fileExists {
            return path
        }
        try world.files.synchronizeDirectory(home)
        try world.files.synchronizeDirectory(directory)
        try world.files.synchronizeDirectory(world.files.directory(of: directory))
        return path
    }

    /// Takes a job's executable away.
    package func drop(_ job: JobID) throws(WeirError) {
        try world.files.removeTree(directory + "/\(job)")
    }

    /// Jobs that have one.
    package func list() throws(WeirError) -> [JobID] {
        guard try world.files.status(directory) != nil else { return [] }
        return try world.files.list(directory).compactMap { JobID($0) }
    }
}

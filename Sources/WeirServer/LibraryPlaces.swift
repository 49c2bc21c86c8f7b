import WeirCore

/// Where the loader of this machine looks for shared libraries.
struct LibraryPlaces {
    private let world: any World
    private let directories: [String]

    /// The variable LD_LIBRARY_PATH, the directories that `/etc/ld.so.conf` names, and those that need
    /// no naming.
    init(world: any World) throws(WeirError) {
        self.world = world
        var found = (world.processes.environment("LD_LIBRARY_PATH") ?? "")
            .split(separator: ":").map(String.init)
        found += try Self.configured("/etc/ld.so.conf", world.files)
        directories = found + ["/lib", "/usr/lib", "/lib64", "/usr/lib64"]
    }

    /// The path of a library; nil if it is in none of the places.
    func find(_ name: String, first places: [String]) throws(WeirError) -> String? {
        if name.contains("/") { return try world.files.status(name) == nil ? nil : name }
        for place in places + directories {
            let path = place + "/" + name
            if try world.files.status(path)?.isDirectory == false { return path }
        }
        return nil
    }

    /// A line is a directory, or `include` with the pattern `DIRECTORY/*.conf`.
    private static func configured(
        _ path: String,
        _ files: any FileSystem
    ) throws(WeirError) -> [String] {
        var found: [String] = []
        for line in try lines(path, files) {
            guard line.hasPrefix("include ") else {
                found.append(String(line))
                continue
            }
            let pattern = line.dropFirst(8).drop { $0 == " " }
            let directory = files.directory(of: String(pattern))
            guard pattern.hasSuffix("/*.conf"), try files.status(directory) != nil else { continue }
            for name in try files.list(directory) where name.hasSuffix(".conf") {
                found += try lines(directory + "/" + name, files).filter { !$0.contains(" ") }
                    .map(String.init)
            }
        }
        return found
    }

    private static func lines(
        _ path: String,
        _ files: any FileSystem
    ) throws(WeirError) -> [Substring] {
        guard try files.status(path) != nil else { return [] }
        let text = String(decoding: try files.readAll(path, limit: 1 << 20), as: UTF8.self)
        return text.split(separator: "\n").map { line in
            var line = line.prefix { $0 != "#" }.drop { $0 == " " || $0 == "\t" }
            while line.last?.isWhitespace == true { line.removeLast() }
            return line
        }.filter { !$0.isEmpty }
    }
}

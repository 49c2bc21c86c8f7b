import WeirCore

/// The secret that all processes of a cluster, and clients of a protected one, know.
///
/// It comes from a file or the environment, never from the command line, which every user of the
/// machine can read.
struct ClusterToken {
    /// Bytes of the longest token file.
    private static let mostBytes = 4096

    let text: String

    /// The bytes of handshakes.
    var bytes: [UInt8] { Array(text.utf8) }

    /// The token that was given: by an option, else by WEIR_TOKEN_FILE, else by WEIR_TOKEN; nil: none.
    ///
    /// - Throws: `badValue`, `usage`; what files throw.
    static func given(file: String?, _ world: any World) throws(WeirError) -> ClusterToken? {
        if let file { return try read(file, "--token-file", world.files) }
        if let file = world.processes.environment("WEIR_TOKEN_FILE") {
            return try read(file, "environment WEIR_TOKEN_FILE", world.files)
        }
        guard let text = world.processes.environment("WEIR_TOKEN") else { return nil }
        return try ClusterToken(text, position: "environment WEIR_TOKEN")
    }

    /// The token in a file, which is drawn and kept for this user alone if there is none.
    ///
    /// - Throws: `badValue`; what files throw.
    static func kept(in file: String, _ world: any World) throws(WeirError) -> ClusterToken {
        let files = world.files
        if try files.status(file) != nil { return try read(file, file, files) }
        let token = "\(JobID(world.random))\(JobID(world.random))"
        let temporary = file + ".new"
        try files.remove(temporary)
        let open = try files.open(temporary, .createNew)
        defer { open.close() }
        // Before anything is in it.
        try files.setPermissions(temporary, .ownerOnly)
        var failure: WeirError?
        Array((token + "\n").utf8).withUnsafeBytes { bytes in
            do throws(WeirError) { try open.write(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
        try open.synchronize()
        try files.rename(temporary, file)
        try files.synchronizeDirectory(files.directory(of: file))
        return try ClusterToken(token, position: file)
    }

    private static func read(
        _ file: String,
        _ position: String,
        _ files: any FileSystem
    ) throws(WeirError) -> ClusterToken {
        let bytes = try files.readAll(file, limit: mostBytes)
        return try ClusterToken(String(decoding: bytes, as: UTF8.self), position: position)
    }

    private init(_ text: String, position: String) throws(WeirError) {
        var text = text[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw WeirError(
                .badValue,
                "The token is empty, or has characters that it cannot have.",
                position: position,
                reason:
                    "It travels in headers: letters, digits and signs of ASCII, without blanks.",
                fix: "Draw one, such as with `openssl rand -hex 32`."
            )
        }
        self.text = String(text)
    }
}

import WeirCore
import WeirREST

/// Brings an executable to the server, unless it has it: what counts is the content.
struct ArtifactUploader {
    let client: ClusterClient

    /// The id of an executable at the server.
    ///
    /// - Throws: `serverUnreachable`, what the server answers, and what files throw.
    func artifact(_ path: String) throws(WeirError) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let id = try sha256(path) + "_" + name
        let known = try client.rest.get("/jars")["files"]?.elements ?? []
        if known.contains(where: { $0["id"]?.text == id }) { return id }
        let answer = try client.rest.upload(
            path,
            as: name,
            to: "/jars/upload",
            files: client.world.files
        )
        guard let place = answer["filename"]?.text?.split(separator: "/").last else {
            throw client.unexpected("/jars/upload")
        }
        return String(place)
    }

    private func sha256(_ path: String) throws(WeirError) -> String {
        let file = try client.world.files.open(path, .read)
        defer { file.close() }
        let hash = ContentHash()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var offset = 0
        while true {
            var failure: WeirError?
            let count = buffer.withUnsafeMutableBytes { bytes -> Int in
                do throws(WeirError) {
                    let count = try file.read(at: offset, into: bytes)
                    hash.update(UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
                    return count
                } catch {
                    failure = error
                    return 0
                }
            }
            if let failure { throw failure }
            if count == 0 { break }
            offset += count
        }
        return hash.finish()
    }
}

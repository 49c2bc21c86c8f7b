import Glibc

/// A committed file under Tests/Fixtures, which later versions must read for ever.
enum Fixture {
    /// The path of a fixture.
    static func path(_ name: String, _ source: String = #filePath) -> String {
        let tests = source.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(tests)/Fixtures/\(name)"
    }

    /// Its bytes; empty if it is missing.
    static func bytes(_ name: String) -> [UInt8] {
        guard let file = fopen(path(name), "rb") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
        return bytes
    }

    /// Writes it anew, if the environment says `WEIR_REWRITE=1`.
    static func rewrite(_ name: String, _ bytes: [UInt8]) {
        guard let flag = getenv("WEIR_REWRITE"), String(cString: flag) == "1",
            let file = fopen(path(name), "wb")
        else { return }
        defer { fclose(file) }
        for byte in bytes { fputc(Int32(byte), file) }
    }
}

import WeirCore

/// The body of `POST /jars/:jarid/run` and `plan`.
///
/// Each of Flink's fields may also stand in the query; the body's counts if both are there. Weir's own,
/// `jobName`, `workingDirectory` and `droppedStates`, stand in the body only.
package enum RunBody {
    /// What a call asks for.
    ///
    /// - Throws: `requestInvalid` with the field.
    static func request(_ call: Call, named name: String) async throws(WeirError) -> RunRequest {
        let body = try await call.body(named: name)
        return RunRequest(
            entry: try body.text("entryClass") ?? call.query("entry-class"),
            arguments: try arguments(body, call),
            parallelism: try parallelism(body, call),
            jobID: try jobID(body, call),
            allowsUnmatchedState: try allowsUnmatchedState(body, call),
            savepointLocation: try body.text("savepointPath") ?? call.query("savepointPath"),
            claimMode: try claimMode(body, call),
            configuration: try body.textMap("flinkConfiguration") ?? [:],
            name: try body.text("jobName"),
            workingDirectory: try body.text("workingDirectory"),
            droppedStates: try body.texts("droppedStates") ?? []
        )
    }

    private static func arguments(
        _ body: BodyFields,
        _ call: Call
    ) throws(WeirError) -> [String] {
        if let list = try body.texts("programArgsList") { return list }
        if let line = try body.text("programArgs") { return words(line) }
        if let list = call.query("programArg") {
            return list.split(separator: ",").map(String.init)
        }
        return words(call.query("program-args") ?? "")
    }

    private static func parallelism(
        _ body: BodyFields,
        _ call: Call
    ) throws(WeirError) -> Int? {
        if let number = try body.integer("parallelism") {
            guard number >= 1 else { throw body.wrong("parallelism", expected: "1 or more") }
            return number
        }
        guard let number = try call.query("parallelism", as: Int.self) else { return nil }
        guard number >= 1 else { throw Call.unresolved("query", "parallelism", "\(number)") }
        return number
    }

    private static func jobID(_ body: BodyFields, _ call: Call) throws(WeirError) -> String? {
        if let id = try body.identifier("jobId") { return id }
        guard let id = call.query("jobId") else { return nil }
        guard Call.isIdentifier(id) else { throw Call.unresolved("query", "jobId", id) }
        return id.lowercased()
    }

    private static func allowsUnmatchedState(
        _ body: BodyFields,
        _ call: Call
    ) throws(WeirError) -> Bool {
        if let value = try body.boolean("allowNonRestoredState") { return value }
        return try call.query("allowNonRestoredState", as: Bool.self) ?? false
    }

    /// Called the restore mode until Flink 1.20.
    private static func claimMode(
        _ body: BodyFields,
        _ call: Call
    ) throws(WeirError) -> RunRequest.ClaimMode? {
        for field in ["claimMode", "restoreMode"] {
            if let mode = try body.choice(field, of: RunRequest.ClaimMode.self) { return mode }
            guard let word = call.query(field) else { continue }
            guard let mode = RunRequest.ClaimMode(rawValue: word) else {
                throw Call.unresolved("query", field, word)
            }
            return mode
        }
        return nil
    }

    /// The arguments of a line: split at blanks, but not inside of quotation marks.
    package static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in line {
            if let open = quote {
                if character == open { quote = nil } else { word?.append(character) }
            } else if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else {
                let opens = word == nil && (character == "\"" || character == "'")
                if word == nil { word = "" }
                if opens { quote = character } else { word?.append(character) }
            }
        }
        if let done = word { words.append(done) }
        return words
    }
}

import WeirCore

/// What a server answered: a value, or an error in its four parts.
package struct ServerAnswer {
    private let status: Int
    private let body: [UInt8]
    private let url: ServerURL

    /// An answer as it came.
    package init(status: Int, body: [UInt8], url: ServerURL) {
        self.status = status
        self.body = body
        self.url = url
    }

    /// The value.
    ///
    /// - Throws: the error that the server answers with; `serverUnreachable` if it is none of ours.
    package func node() throws(WeirError) -> JSONNode {
        let node: JSONNode
        do throws(JSONSyntaxError) {
            node = try JSONReader.read(body)
        } catch {
            throw foreign("Its answer with status \(status) is no JSON: \(error.reason)")
        }
        if (200..<300).contains(status) { return node }
        let texts = (node["errors"]?.elements ?? []).compactMap(\.text)
        guard let last = texts.last else {
            throw foreign("It answers with status \(status) and says not why.")
        }
        throw Self.error(last, status: status)
    }

    private func foreign(_ reason: String) -> WeirError {
        WeirError(
            .serverUnreachable,
            "There is no job manager at \(url).",
            reason: reason,
            fix: "Name its REST address with --jobmanager, or WEIR_JOBMANAGER."
        )
    }

    /// The error that a text tells: as `WeirError` writes it, or its message alone.
    package static func error(_ text: String, status: Int) -> WeirError {
        let kind = kind(status)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let words = lines[0].split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].hasPrefix("WR-") else {
            return WeirError(code(status), text, kind: kind)
        }
        let labels = ["  where: ", "  why:   ", "  fix:   "]
        var parts = ["", "", ""]
        var message = String(words[1])
        var part: Int?
        for line in lines.dropFirst() {
            if let label = labels.firstIndex(where: { line.hasPrefix($0) }) {
                part = label
                parts[label] = String(line.dropFirst(labels[label].count))
            } else if let part {
                parts[part] += "\n" + line
            } else {
                message += "\n" + line
            }
        }
        return WeirError(
            ErrorCode(String(words[0]), kind),
            message,
            position: parts[0],
            reason: parts[1],
            fix: parts[2]
        )
    }

    private static func kind(_ status: Int) -> WeirError.Kind {
        switch status {
        case 409: .refused
        case 503: .retry
        case 400..<500: .fixConfiguration
        default: .fixEnvironment
        }
    }

    private static func code(_ status: Int) -> ErrorCode {
        switch status {
        case 401: .requestUnauthorized
        case 404: .resourceUnknown
        case 413: .requestTooLarge
        case 503: .serverBusy
        default: .requestInvalid
        }
    }
}

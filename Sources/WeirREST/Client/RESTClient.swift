import FoundationEssentials
import HTTPTypes
import NIOCore
import NIOPosix
import WeirCore

/// Asks a REST server, one request at a time, and waits for the answers.
///
/// Where there are several job managers, the one that leads is looked for before each request: only that
/// one answers. Each request has a connection of its own. Not to be called on a thread of Swift's or NIO's
/// pools.
package struct RESTClient: Sendable {
    /// How long a connection may take to be there.
    private static let connectTimeout = TimeAmount.seconds(5)
    /// How long an answer may take, from the last byte of the request on.
    private static let answerTimeout = TimeAmount.seconds(60)
    /// Bytes of the longest answer.
    static let mostBytes = 64 << 20

    private let servers: LeadingServer
    private let token: String?

    /// A client of a server; `token` is what it wants to see, nil if nothing.
    package init(_ url: ServerURL, token: String?) { self.init([url], token: token) }

    /// A client of whichever of these servers answers.
    package init(_ urls: [ServerURL], token: String?) {
        servers = LeadingServer(urls)
        self.token = token
    }

    /// The server that answered last.
    package var url: ServerURL { servers.last }

    /// GET.
    ///
    /// - Throws: `serverUnreachable`, and what the server answers.
    package func get(_ path: String) throws(WeirError) -> JSONNode {
        try send("GET", path, nil)
    }

    /// POST, PATCH or PUT with a body.
    ///
    /// - Throws: `serverUnreachable`, and what the server answers.
    @discardableResult
    package func send(
        _ method: String,
        _ path: String,
        _ body: JSONValue?
    ) throws(WeirError) -> JSONNode {
        let bytes = body.map { $0.encoded() } ?? []
        return try exchange(method, path, "application/json", bytes.count) {
            write throws(WeirError) in
            if !bytes.isEmpty { try write(bytes) }
        }
    }

    /// Uploads a file under a name, as a form with the field `jarfile`.
    ///
    /// - Throws: `serverUnreachable`, what the server answers, and what files throw.
    package func upload(
        _ path: String,
        as name: String,
        to target: String,
        files: any FileSystem
    ) throws(WeirError) -> JSONNode {
        let file = try files.open(path, .read)
        defer { file.close() }
        let size = try file.size()
        let boundary = "weir-\(OperatorID(path: path))-\(size)"
        let plainName = name.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline }
        let head = Array(
            ("--\(boundary)\r\nContent-Disposition: form-data; name=\"jarfile\"; "
                + "filename=\"\(plainName)\"\r\nContent-Type: application/x-java-archive\r\n\r\n")
                .utf8
        )
        let tail = Array("\r\n--\(boundary)--\r\n".utf8)
        return try exchange(
            "POST",
            target,
            "multipart/form-data; boundary=\(boundary)",
            head.count + size + tail.count
        ) { write throws(WeirError) in
            try write(head)
            var offset = 0
            while offset < size {
                let chunk = try files.read(file, at: offset, count: min(1 << 20, size - offset))
                guard !chunk.isEmpty else {
                    throw WeirError(.fileFailed, "\(path) became shorter while it was uploaded.")
                }
                try write(chunk)
                offset += chunk.count
            }
            try write(tail)
        }
    }

    // MARK: One exchange

    private typealias Writer = ([UInt8]) throws(WeirError) -> Void

    private func exchange(
        _ method: String,
        _ path: String,
        _ contentType: String,
        _ length: Int,
        _ body: (Writer) throws(WeirError) -> Void
    ) throws(WeirError) -> JSONNode {
        let url = try servers.find(token: token)
        let call = try HTTPCall.open(url, timeout: Self.connectTimeout)
        defer { call.close() }
        var headers = [("host", url.authority), ("connection", "close")]
        if let token { headers.append(("authorization", "Bearer " + token)) }
        if length > 0 || method != "GET" {
            headers.append(("content-length", "\(length)"))
            headers.append(("content-type", contentType))
        }
        try call.begin(method, path, headers)
        do throws(WeirError) {
            try body { bytes throws(WeirError) in try call.write(bytes) }
            try call.end()
        } catch  where error.code == .serverUnreachable {
            // It may have answered and closed because it does not want the rest.
        }
        let answer = try call.answer(within: Self.answerTimeout)
        return try ServerAnswer(status: answer.status, body: answer.body, url: url).node()
    }
}

extension FileSystem {
    /// Bytes of an open file; fewer at its end.
    fileprivate func read(
        _ file: any OpenFile,
        at offset: Int,
        count: Int
    ) throws(WeirError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var failure: WeirError?
        let read = bytes.withUnsafeMutableBytes { buffer -> Int in
            do throws(WeirError) {
                return try file.read(at: offset, into: buffer)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        bytes.removeLast(count - read)
        return bytes
    }
}

extension JSONValue {
    /// As bytes.
    func encoded() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else {
            preconditionFailure("a JSON value does not encode: \(self)")
        }
        return Array(data)
    }
}

import WeirCore

/// Reads a `multipart/form-data` body as it comes, in pieces of any size (RFC 7578, RFC 2046).
///
/// Keeps no more of it than one delimiter or the headers of one part.
package struct MultipartReader {
    /// What a piece of the body brought.
    package enum Event: Equatable {
        /// A part begins.
        case part(name: String, fileName: String?)
        /// More of the part's content.
        case bytes([UInt8])
        /// The part is whole.
        case partEnded
        /// The body is whole; what follows is of no meaning.
        case finished
    }

    private enum State: Equatable {
        /// Before the first delimiter.
        case preamble
        /// After a delimiter: its line's end, or the two hyphens of the last one.
        case delimiter
        /// In the headers of a part.
        case headers
        /// In the content of a part.
        case content
        /// After the last delimiter.
        case epilogue
    }

    /// Bytes that the headers of one part may have.
    package static let headerLimitBytes = 8 << 10

    private let delimiter: [UInt8]
    private var state = State.preamble
    private var pending: [UInt8]

    /// A reader for this boundary, which the header `Content-Type` names.
    package init(boundary: String) {
        delimiter = Array("\r\n--\(boundary)".utf8)
        // The first delimiter may stand at the very start.
        pending = [13, 10]
    }

    /// The boundary that a header `Content-Type` names; nil if it names none.
    package static func boundary(in contentType: String) -> String? {
        let parts = HeaderParameters(contentType)
        guard parts.value.lowercased() == "multipart/form-data",
            let boundary = parts.parameters["boundary"], (1...70).contains(boundary.utf8.count)
        else { return nil }
        return boundary
    }

    /// Takes the next bytes of the body.
    ///
    /// - Throws: `requestInvalid` if the headers of a part are too long or malformed.
    package mutating func append(_ bytes: [UInt8]) throws(WeirError) -> [Event] {
        pending += bytes
        var events: [Event] = []
        while try step(&events) {}
        return events
    }

    /// Whether the last delimiter has come.
    package var isFinished: Bool { state == .epilogue }

    /// Goes on as far as one state reaches; false if that takes more bytes.
    private mutating func step(_ events: inout [Event]) throws(WeirError) -> Bool {
        switch state {
        case .preamble:
            guard let start = find(delimiter) else {
                keepTail()
                return false
            }
            pending.removeFirst(start + delimiter.count)
            state = .delimiter
        case .delimiter:
            guard pending.count >= 2 else { return false }
            if pending.starts(with: [45, 45]) {
                pending = []
                state = .epilogue
                events.append(.finished)
                return false
            }
            state = .headers
        case .headers:
            guard let end = find([13, 10, 13, 10]) else {
                if pending.count > Self.headerLimitBytes { throw Self.malformed("too long") }
                return false
            }
            events.append(try Self.part(pending[..<end]))
            pending.removeFirst(end + 4)
            state = .content
        case .content:
            guard let start = find(delimiter) else {
                let kept = keepTail()
                if !kept.isEmpty { events.append(.bytes(kept)) }
                return false
            }
            if start > 0 { events.append(.bytes(Array(pending[..<start]))) }
            events.append(.partEnded)
            pending.removeFirst(start + delimiter.count)
            state = .delimiter
        case .epilogue:
            pending = []
            return false
        }
        return true
    }

    /// Gives out what cannot be the start of a delimiter, and keeps the rest.
    @discardableResult
    private mutating func keepTail() -> [UInt8] {
        let count = max(0, pending.count - delimiter.count + 1)
        let given = Array(pending[..<count])
        pending.removeFirst(count)
        return given
    }

    private func find(_ pattern: [UInt8]) -> Int? {
        var index = 0
        while index + pattern.count <= pending.count {
            guard let next = pending[index...].firstIndex(of: pattern[0]) else { return nil }
            guard next + pattern.count <= pending.count else { return nil }
            if pending[next..<next + pattern.count].elementsEqual(pattern) { return next }
            index = next + 1
        }
        return nil
    }

    private static func part(_ headers: ArraySlice<UInt8>) throws(WeirError) -> Event {
        guard let text = String(validating: headers, as: UTF8.self) else {
            throw malformed("not UTF-8")
        }
        for line in text.split(separator: "\r\n") {
            let sides = line.split(separator: ":", maxSplits: 1)
            guard sides.count == 2, sides[0].lowercased() == "content-disposition" else { continue }
            let disposition = HeaderParameters(String(sides[1]))
            guard disposition.value.lowercased() == "form-data",
                let name = disposition.parameters["name"]
            else { break }
            return .part(name: name, fileName: disposition.parameters["filename"])
        }
        throw malformed("without `Content-Disposition: form-data; name=…`")
    }

    private static func malformed(_ how: String) -> WeirError {
        WeirError(.requestInvalid, "The headers of a part of the upload are \(how).")
    }
}

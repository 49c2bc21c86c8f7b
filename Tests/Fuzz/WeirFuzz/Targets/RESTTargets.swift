import WeirCore
import WeirREST

/// What a client of the REST server sends: JSON, uploads, paths and headers.
enum RESTTargets {
    static let all = [body, multipart, url, header]

    private static func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    private static let jsonTokens = [
        "{", "}", "[", "]", "\"", ":", ",", "\\", "\\u", "\\ud800", "\\udc00", "null", "true",
        "1e5",
        "-0", "01", "\"parallelism\":", "\"programArgsList\":", " ", "\n", "[[[[[[[[[[[[[[[[",
        "9e999",
    ]

    private static let body = Target(name: "request-body") { chance in
        let inputs = [
            "{\"parallelism\": \(chance.number()), \"jobId\": \"\(JobID(number: chance.next()))\"}",
            "{\"programArgsList\": [\"--a\", \"\\u00e9\\n\"], \"drain\": \(chance.flag())}",
            "{\"flinkConfiguration\": {\"a.b\": \"c\"}, \"entryClass\": null, \"x\": [1.5e3, {}]}",
        ]
        return Sample(bytes(inputs), mayRefuse: true, tokens: bytes(jsonTokens)) {
            bytes throws(WeirError) in
            let text = [UInt8](bytes)
            let isJSON = JSONReader.problem(in: text) == nil
            let fields = try BodyFields(text, named: "Body")
            if !isJSON, !text.isEmpty { return "fields of what is no JSON" }
            try look(at: fields)
            return nil
        }
    }

    private static func look(at fields: BodyFields) throws(WeirError) {
        _ = fields.names.map(fields.missing)
        _ = try fields.text("entryClass")
        _ = try fields.integer("parallelism")
        _ = try fields.identifier("jobId")
        _ = try fields.boolean("drain")
        _ = try fields.texts("programArgsList")
        _ = try fields.textMap("flinkConfiguration")
        _ = fields.wrong("parallelism", expected: "1 or more")
    }

    // MARK: Uploads

    private static let multipart = Target(name: "multipart") { chance in
        let boundary = chance.word()
        let inputs = (0..<3).map { _ in form(&chance, boundary) }
        let tokens = [
            "\r\n--\(boundary)", "--", "\r\n\r\n", "Content-Disposition: form-data; name=", "\r\n",
        ]
        let piece = 1 + chance.length(100)
        return Sample(inputs, tokens: bytes(tokens)) { bytes throws(WeirError) in
            var reader = MultipartReader(boundary: boundary)
            var given = 0
            var isOpen = false
            var position = 0
            while position < bytes.count {
                let end = min(bytes.count, position + piece)
                for event in try reader.append(Array(bytes[position..<end])) {
                    switch event {
                    case .part:
                        if isOpen { return "a part in a part" }
                        isOpen = true
                    case .bytes(let content):
                        if !isOpen || content.isEmpty { return "bytes of no part" }
                        given += content.count
                    case .partEnded:
                        if !isOpen { return "the end of no part" }
                        isOpen = false
                    case .finished: if isOpen { return "the end in a part" }
                    }
                }
                position = end
            }
            return given <= bytes.count ? nil : "more than came"
        }
    }

    private static func form(_ chance: inout Chance, _ boundary: String) -> [UInt8] {
        var form: [UInt8] = []
        for _ in 0..<chance.below(4) {
            let name = chance.word()
            form += Array("--\(boundary)\r\n".utf8)
            form += Array(
                "Content-Disposition: form-data; name=\"\(name)\"; filename=\"x\"\r\n".utf8
            )
            form += Array("Content-Type: application/octet-stream\r\n\r\n".utf8)
            form += chance.bytes(200) + [13, 10]
        }
        return form + Array("--\(boundary)--\r\n".utf8)
    }

    // MARK: URLs and headers

    private static let url = Target(name: "url") { chance in
        let inputs = [
            "mode=cancel&parallelism=\(chance.number())", "a=%41%C3%A9+b&&c==d", "%00%ff%2e%2E%2f",
        ]
        let tokens = ["%", "&", "=", "+", "%2F", "%C3", "%", "%zz", "mode="]
        return Sample(bytes(inputs), mayRefuse: true, tokens: bytes(tokens)) {
            bytes throws(WeirError) in
            let text = String(decoding: bytes, as: UTF8.self)
            for name in ["mode", "parallelism", "a", ""] {
                _ = QueryString.value(of: name, in: text)
            }
            _ = RunBody.words(text)
            guard let decoded = PercentCoding.decode(text) else {
                throw WeirError(.requestInvalid, "No percent coding.")
            }
            return decoded.utf8.count <= text.utf8.count ? nil : "it has become longer"
        }
    }

    private static let header = Target(name: "header") { chance in
        let inputs = [
            "multipart/form-data; boundary=\(chance.word())",
            "form-data; name=\"jarfile\"; filename=\"a\\\"b;c\"", " ; = ; ;x=\"\\",
        ]
        let tokens = [";", "=", "\"", "\\", "boundary=", " ", "\u{301}", "form-data"]
        return Sample(bytes(inputs), mayRefuse: true, tokens: bytes(tokens)) {
            bytes throws(WeirError) in
            let text = String(decoding: bytes, as: UTF8.self)
            let header = HeaderParameters(text)
            if header.parameters.count > text.utf8.count { return "more parameters than bytes" }
            guard let boundary = MultipartReader.boundary(in: text) else {
                throw WeirError(.requestInvalid, "No boundary.")
            }
            return (1...70).contains(boundary.utf8.count) ? nil : "the boundary \(boundary)"
        }
    }
}

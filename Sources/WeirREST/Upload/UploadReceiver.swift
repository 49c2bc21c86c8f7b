import HTTPTypes
import Hummingbird
import WeirCore

/// Receives `POST /jars/upload`: one file in the multipart field `jarfile`.
enum UploadReceiver {
    /// The field's name, which is Flink's.
    static let field = "jarfile"
    /// Bytes that are collected before they are handed to a background thread.
    private static let writeBytes = 1 << 20
    /// Bytes that delimiters, headers and other fields may have beside the file.
    private static let envelopeBytes = 1 << 16

    /// Writes the file as it comes.
    ///
    /// - Throws: `requestInvalid` if the body is no such upload, `requestTooLarge` past the limit, and
    ///   what the file system throws; then nothing stays behind.
    static func receive(_ call: Call) async throws(WeirError) -> ArtifactUpload {
        let contentType = call.request.headers[.contentType] ?? ""
        guard let boundary = MultipartReader.boundary(in: contentType) else {
            throw invalid("The header Content-Type is \"\(contentType)\".")
        }
        let settings = call.services.settings
        let file = try await UploadFile.create(
            in: settings.uploadDirectory,
            limitBytes: settings.artifactLimitBytes,
            world: call.services.world
        )
        do throws(WeirError) {
            let name = try await copy(
                call.request.body,
                boundary,
                limitBytes: settings.artifactLimitBytes,
                to: file
            )
            let (sizeBytes, sha256) = try await file.finish()
            return ArtifactUpload(path: file.path, name: name, sizeBytes: sizeBytes, sha256: sha256)
        } catch {
            await file.discard()
            throw error
        }
    }

    /// Copies the field's content into the file; returns the name that the client gave.
    private static func copy(
        _ body: RequestBody,
        _ boundary: String,
        limitBytes: Int,
        to file: UploadFile
    ) async throws(WeirError) -> String {
        var reader = MultipartReader(boundary: boundary)
        var progress = Progress()
        var chunks = body.makeAsyncIterator()
        var left = envelopeBytes + limitBytes
        while let chunk = try await next(&chunks) {
            left -= chunk.readableBytes
            guard left >= 0 else {
                throw WeirError(
                    .requestTooLarge,
                    "The upload has more than the \(limitBytes) bytes that are allowed."
                )
            }
            for event in try reader.append(Array(buffer: chunk)) { try progress.take(event) }
            if progress.content.count >= writeBytes { try await file.write(progress.takeContent()) }
        }
        guard reader.isFinished else { throw invalid("The upload ends before its last boundary.") }
        try await file.write(progress.takeContent())
        guard let name = progress.fileName else {
            throw invalid("The upload has no file in the field `\(field)`.")
        }
        return name
    }

    private static func next(
        _ chunks: inout RequestBody.AsyncIterator
    ) async throws(WeirError) -> ByteBuffer? {
        do {
            return try await chunks.next()
        } catch {
            throw WeirError(.requestInvalid, "The upload did not arrive whole.", reason: "\(error)")
        }
    }

    /// Which part is being read, and what of the file is not written yet.
    private struct Progress {
        var fileName: String?
        var content: [UInt8] = []
        private var isInFile = false

        mutating func take(_ event: MultipartReader.Event) throws(WeirError) {
            switch event {
            case .part(UploadReceiver.field, let name):
                guard fileName == nil else { throw invalid("The upload has more than one file.") }
                fileName = try UploadReceiver.checkedName(name ?? "")
                isInFile = true
            case .part: isInFile = false
            case .bytes(let bytes): if isInFile { content += bytes }
            case .partEnded, .finished: isInFile = false
            }
        }

        mutating func takeContent() -> [UInt8] {
            defer { content = [] }
            return content
        }
    }

    /// The name without the client's directories.
    private static func checkedName(_ name: String) throws(WeirError) -> String {
        let last = name.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
        let isPlain = last.utf8.allSatisfy { $0 >= 32 && $0 != 127 }
        guard !last.isEmpty, last != ".", last != "..", last.utf8.count <= 200, isPlain else {
            throw invalid("The name \"\(last)\" of the uploaded file is none.")
        }
        return last
    }

    private static func invalid(_ message: String) -> WeirError {
        WeirError(
            .requestInvalid,
            message,
            fix: "send multipart/form-data with one file in the field `\(field)`, as "
                + "`curl -F jarfile=@FILE` does."
        )
    }
}

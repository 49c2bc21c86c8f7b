/// What went wrong, in the words a person needs: what, where, why, and what to do.
///
/// Every error that leaves a module is one of these. `kind` says what the caller can do, `code`
/// names the entry of the catalogue (`WR-CKPT-014`), and the four texts are printed on four lines.
public struct WeirError: Error, Sendable, Equatable {
    /// What the caller can do about it.
    public enum Kind: String, Sendable {
        /// A passing fault: the same call may succeed later.
        case retry
        /// The job's text or program is wrong.
        case fixJob
        /// An option or a configuration key is wrong.
        case fixConfiguration
        /// The machine lacks something: space, a file, a permission, a server.
        case fixEnvironment
        /// Refused, because going on would lose or double results.
        case refused
        /// Stored bytes are not what was written.
        case corruption
        /// A broken rule inside Weir.
        case bug
    }

    /// The catalogue id.
    public let code: ErrorCode
    /// What the caller can do.
    public let kind: Kind
    /// What happened, with the values.
    public let message: String
    /// Where: file, line and column, operator, split and offset.
    ///
    /// Empty if there is no place.
    public let position: String
    /// Why it happened, if that is known beyond the message.
    public let reason: String
    /// What to do about it.
    public let fix: String

    /// Makes an error; `kind` defaults to the catalogue's.
    public init(
        _ code: ErrorCode,
        _ message: String,
        position: String = "",
        reason: String = "",
        fix: String = "",
        kind: Kind? = nil
    ) {
        self.code = code
        self.kind = kind ?? code.kind
        self.message = message
        self.position = position
        self.reason = reason
        self.fix = fix
    }
}

extension WeirError: CustomStringConvertible {
    /// The four parts, one a line; parts that are empty are left out.
    public var description: String {
        var lines = ["\(code.id) \(message)"]
        if !position.isEmpty { lines.append("  where: \(position)") }
        if !reason.isEmpty { lines.append("  why:   \(reason)") }
        if !fix.isEmpty { lines.append("  fix:   \(fix)") }
        return lines.joined(separator: "\n")
    }
}

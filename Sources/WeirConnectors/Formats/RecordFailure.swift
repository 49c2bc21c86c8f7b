/// Why a record cannot be decoded.
@frozen
public enum MalformedReason: UInt8, Sendable, CaseIterable {
    /// Nothing is wrong.
    case none
    /// A record is not a JSON object.
    case notAnObject
    /// A character that cannot stand here.
    case unexpectedCharacter
    /// The record ends too early.
    case unexpectedEnd
    /// Something follows the record's end.
    case trailingBytes
    /// A control character inside a string.
    case controlCharacter
    /// An escape sequence that does not exist.
    case badEscape
    /// Half of a UTF-16 pair.
    case loneSurrogate
    /// Bytes that are not UTF-8.
    case notUTF8
    /// Not a number as the format spells them.
    case badNumber
    /// A number outside of the column's type.
    case outOfRange
    /// Not a BOOLEAN.
    case badBoolean
    /// Not a DATE, TIME or TIMESTAMP.
    case badTime
    /// Not the base 64 form of octets.
    case badBase64
    /// A value of another kind than the column's type.
    case wrongType
    /// NULL for a column that is NOT NULL.
    case nullNotAllowed
    /// No value for a column that is NOT NULL.
    case missing
    /// Values nested deeper than the limit.
    case tooDeep
    /// A quote inside or behind a quoted field.
    case strayQuote
    /// More fields than the header has.
    case tooManyFields
    /// Fewer fields than the header has.
    case tooFewFields
    /// Longer than the limit for records.
    case tooLong

    /// The reason in words.
    public var text: String {
        switch self {
        case .none: "nothing is wrong"
        case .notAnObject: "the record is not a JSON object"
        case .unexpectedCharacter: "a character that cannot stand here"
        case .unexpectedEnd: "the record ends too early"
        case .trailingBytes: "something follows the end of the record"
        case .controlCharacter: "a control character inside a string"
        case .badEscape: "an escape sequence that does not exist"
        case .loneSurrogate: "half of a UTF-16 surrogate pair"
        case .notUTF8: "bytes that are not UTF-8"
        case .badNumber: "not a number"
        case .outOfRange: "a number outside of the column's type"
        case .badBoolean: "not a BOOLEAN"
        case .badTime: "not a date or time"
        case .badBase64: "not base 64"
        case .wrongType: "a value of another kind than the column's type"
        case .nullNotAllowed: "NULL for a column that is NOT NULL"
        case .missing: "no value for a column that is NOT NULL"
        case .tooDeep: "values are nested too deep"
        case .strayQuote: "a quote inside or behind a quoted field"
        case .tooManyFields: "more fields than columns in the header"
        case .tooFewFields: "fewer fields than columns in the header"
        case .tooLong: "longer than the limit for records"
        }
    }
}

/// A record that was not decoded: where it lies, and what is wrong.
public struct RecordFailure: Sendable, Equatable {
    /// The record's bytes, as offsets into the input, without the line's end.
    public let record: Range<Int>
    /// Where in the record the fault is, in bytes from its start.
    public let position: Int
    /// What is wrong.
    public let reason: MalformedReason
    /// The column whose value it is; empty if it is none.
    public let column: String

    /// Describes a failure.
    public init(record: Range<Int>, position: Int, reason: MalformedReason, column: String) {
        self.record = record
        self.position = position
        self.reason = reason
        self.column = column
    }

    /// `byte 17, column price: not a number`.
    public var text: String {
        let place = column.isEmpty ? "byte \(position)" : "byte \(position), column \(column)"
        return "\(place): \(reason.text)"
    }
}

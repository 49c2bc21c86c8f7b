/// What a row of a changelog does to the table it describes, as in Flink.
@frozen
public enum RowKind: UInt8, Sendable {
    /// `+I`: a new row.
    case insert
    /// `-U`: the row before an update.
    case updateBefore
    /// `+U`: the row after an update.
    case updateAfter
    /// `-D`: a row removed.
    case delete
}

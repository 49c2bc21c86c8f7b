import WeirData

/// What becomes of records that cannot be decoded.
public enum MalformedPolicy: String, Sendable, CaseIterable {
    /// The job fails, with the record's place and what is wrong.
    case fail
    /// They are counted and left out.
    case skip
    /// They are counted and go to the source's second output.
    case deadLetter = "dead-letter"

    /// What to do about a record that fails the job; `option` is where the source's policy is set.
    static func advice(_ option: String) -> String {
        "Correct the record, or have the source leave such records out or put them aside: `skip` or "
            + "`dead-letter`, which an argument of the job may set (see its --help), and its program "
            + "in \(option)."
    }
}

/// The rows of a source's second output: records that could not be decoded.
public enum DeadLetter: EventSchema {
    /// Most bytes of a record that are kept.
    public static let rawLimit = 4096

    /// Where the record came from, what is wrong with it, and its first bytes.
    public static let schema = Schema([
        ColumnDescriptor("source", id: 1, .string),
        ColumnDescriptor("offset", id: 2, .int64),
        ColumnDescriptor("length", id: 3, .int64),
        ColumnDescriptor("position", id: 4, .int64),
        ColumnDescriptor("field", id: 5, .string),
        ColumnDescriptor("reason", id: 6, .string),
        ColumnDescriptor("operator", id: 7, .string),
        ColumnDescriptor("raw", id: 8, .bytes),
    ])

    /// Appends a row.
    ///
    /// `length` is the whole record's, of which `raw` may be only the beginning.
    static func append(
        to builder: BatchBuilder,
        source: String,
        offset: Int,
        length: Int,
        failure: RecordFailure,
        operator name: String,
        raw: UnsafeRawBufferPointer
    ) {
        let columns = builder.batch.columnReferences
        let row = builder.rowCount
        func store(_ text: String, _ column: Int) {
            var text = text
            text.withUTF8 { columns[column].storeBytes(UnsafeRawBufferPointer($0), row) }
        }
        store(source, 0)
        columns[1].store(Int64(offset), row)
        columns[2].store(Int64(length), row)
        columns[3].store(Int64(failure.position), row)
        store(failure.column, 4)
        store(failure.reason.text, 5)
        store(name, 6)
        columns[7].storeBytes(UnsafeRawBufferPointer(rebasing: raw.prefix(rawLimit)), row)
        builder.advance()
    }
}

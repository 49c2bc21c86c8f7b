import WeirData

extension Value {
    /// The value that a text stands for in JSON or CSV; nil if it is none of the type.
    ///
    /// Nested types are not read from text.
    init?(text: String, type: LogicalType) {
        let descriptor = ColumnDescriptor("value", id: 0, type)
        let batch = Batch(Schema([descriptor]), capacity: 1)
        var padded = ByteWriter(capacity: text.utf8.count + RecordDecoder.padding)
        padded.append(text: text)
        let count = padded.count
        padded.append(zeros: RecordDecoder.padding)
        padded.truncate(to: count)
        var scratch = ByteWriter()
        let plan = FieldPlan(descriptor, column: 0)
        let reason = plan.storeText(
            padded.bytes,
            batch.columns[0].reference,
            0,
            scratch: &scratch
        )
        batch.setRowCount(1)
        guard reason == .none, let value = try? batch.value(row: 0, column: 0) else { return nil }
        self = value
    }
}

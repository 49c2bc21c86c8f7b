import WeirData
import WeirOperators

/// Files as a source: an enumerator that finds them, and readers that read their splits.
///
/// Output 0 has the rows, output 1 the dead letters (`DeadLetter.schema`).
public enum FileSource {
    /// The source as a program names it.
    public static func description(
        _ options: FileSourceOptions,
        schema: Schema,
        watermarks: WatermarkStrategy = .noWatermarks,
        parallelism: Int? = nil,
        name: String = "files"
    ) -> SourceDescription {
        SourceDescription(
            name: name,
            outputs: [schema, DeadLetter.schema],
            parallelism: parallelism,
            enumerator: SourceDescription.Enumerator(
                schema: FileSplit.schema,
                factory: { FileEnumerator(options) }
            ),
            reader: { FileReader(options, schema: schema, watermarks: watermarks) }
        )
    }
}

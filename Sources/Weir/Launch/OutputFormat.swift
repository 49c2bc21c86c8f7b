import WeirCore

/// How data are printed.
public enum OutputFormat: String, Sendable, CaseIterable {
    /// Aligned columns for people.
    case table
    /// One JSON value.
    case json
    /// Comma-separated values with a header.
    case csv

    /// The default for a stream: a table on a terminal, JSON else.
    public static func standard(_ processes: any ProcessHost) -> OutputFormat {
        processes.terminalWidth(.output) == nil ? .json : .table
    }
}

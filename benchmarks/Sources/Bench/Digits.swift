import Foundation

/// Numbers as people read them.
enum Digits {
    /// Three digits that count.
    static func of(_ value: Double) -> String {
        String(format: value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value)
    }

    /// As few digits as needed.
    static func short(_ value: Double) -> String { String(format: "%g", value) }
}

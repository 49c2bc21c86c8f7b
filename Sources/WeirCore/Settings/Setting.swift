/// One thing that can be set: its name, its meaning, and how its text becomes a value.
///
/// Names are Flink's where the meaning is the same.
public struct Setting: Sendable {
    /// The name, such as `execution.checkpointing.interval`.
    public let key: String
    /// The kind of value: `duration`, `bytes`, `integer`, `number`, `boolean`, or the choices.
    public let type: String
    /// The values that are allowed, for people.
    public let range: String
    /// What it does, in a sentence or two.
    public let meaning: String
    /// The present value as text.
    public let show: @Sendable (JobSettings) -> String
    /// Sets the value from a text.
    ///
    /// False if the text is not a value of the type and range.
    let read: @Sendable (String, inout JobSettings) -> Bool

    /// The default as text.
    public var defaultText: String { show(JobSettings()) }

    /// The variable of the environment: `WEIR_EXECUTION_CHECKPOINTING_INTERVAL`.
    public var environmentName: String {
        "WEIR_"
            + key.uppercased().map { $0 == "." || $0 == "-" ? "_" : String($0) }.joined()
    }

    /// Sets the value from a text that was found at `position`.
    ///
    /// - Throws: `badValue` if it is not of the type or out of range.
    public func set(
        _ text: String,
        in settings: inout JobSettings,
        position: String
    ) throws(WeirError) {
        guard !read(text, &settings) else { return }
        throw WeirError(
            .badValue,
            "'\(text)' is not a value for \(key).",
            position: position,
            reason: "\(key) takes \(type): \(range).",
            fix: "Write, for example, \(key)=\(defaultText)."
        )
    }
}

/// Makers of settings, one a type of value.
extension Setting {
    /// A field of `JobSettings` that the catalogue may hold.
    typealias Field<Value> = WritableKeyPath<JobSettings, Value> & Sendable

    /// A whole number.
    static func integer(
        _ key: String,
        _ range: ClosedRange<Int>,
        _ field: any Field<Int>,
        _ meaning: String
    ) -> Setting {
        Setting(
            key: key,
            type: "integer",
            range: "\(range.lowerBound) to \(range.upperBound)",
            meaning: meaning,
            show: { String($0[keyPath: field]) },
            read: { text, settings in
                guard let value = Int(text), range.contains(value) else { return false }
                settings[keyPath: field] = value
                return true
            }
        )
    }

    /// A number with a fraction.
    static func number(
        _ key: String,
        _ range: ClosedRange<Double>,
        _ field: any Field<Double>,
        _ meaning: String
    ) -> Setting {
        Setting(
            key: key,
            type: "number",
            range: "\(range.lowerBound) to \(range.upperBound)",
            meaning: meaning,
            show: { String($0[keyPath: field]) },
            read: { text, settings in
                guard let value = Double(text), range.contains(value) else { return false }
                settings[keyPath: field] = value
                return true
            }
        )
    }

    /// A time span.
    static func duration(
        _ key: String,
        _ range: ClosedRange<Duration>,
        _ field: any Field<Duration>,
        _ meaning: String
    ) -> Setting {
        Setting(
            key: key,
            type: "duration",
            range: "\(range.lowerBound.text) to \(range.upperBound.text)",
            meaning: meaning,
            show: { $0[keyPath: field].text },
            read: { text, settings in
                guard let value = Duration(text: text), range.contains(value) else { return false }
                settings[keyPath: field] = value
                return true
            }
        )
    }

    /// A number of bytes.
    static func bytes(
        _ key: String,
        _ range: ClosedRange<ByteCount>,
        _ field: any Field<ByteCount>,
        _ meaning: String
    ) -> Setting {
        Setting(
            key: key,
            type: "bytes",
            range: "\(range.lowerBound) to \(range.upperBound)",
            meaning: meaning,
            show: { $0[keyPath: field].description },
            read: { text, settings in
                guard let value = ByteCount(text), range.contains(value) else { return false }
                settings[keyPath: field] = value
                return true
            }
        )
    }

    /// True or false.
    static func boolean(_ key: String, _ field: any Field<Bool>, _ meaning: String) -> Setting {
        Setting(
            key: key,
            type: "boolean",
            range: "true or false",
            meaning: meaning,
            show: { String($0[keyPath: field]) },
            read: { text, settings in
                guard let value = Bool(text.lowercased()) else { return false }
                settings[keyPath: field] = value
                return true
            }
        )
    }

    /// One of several words.
    static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ key: String,
        _ field: any Field<Value>,
        _ meaning: String
    ) -> Setting {
        Setting(
            key: key,
            type: "choice",
            range: Value.allCases.map(\.rawValue).joined(separator: ", "),
            meaning: meaning,
            show: { $0[keyPath: field].rawValue },
            read: { text, settings in
                guard let value = Value(rawValue: text.lowercased()) else { return false }
                settings[keyPath: field] = value
                return true
            }
        )
    }
}

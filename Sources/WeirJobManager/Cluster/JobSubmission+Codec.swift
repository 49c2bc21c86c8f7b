import WeirControl
import WeirCore
import WeirData
import WeirPlan

/// A submission as bytes, for `JobRecords`.
///
/// ```
/// id string | name string | program string | arguments: count, then strings
///     | working directory string
///     | settings: count, then key and value | graph sized (`StreamGraph.encoded`)
///     | snapshot string, empty for none | dropped states: count, then strings
/// ```
/// Counts and lengths are varints.
extension JobSubmission {
    func encode(into writer: inout ByteWriter) {
        writer.append(string: id.description)
        writer.append(string: name)
        writer.append(string: program)
        writer.append(list: arguments) { $1.append(string: $0) }
        writer.append(string: workingDirectory)
        writer.append(list: settings.sorted { $0.key < $1.key }) { setting, writer in
            writer.append(string: setting.key)
            writer.append(string: setting.value)
        }
        writer.append(sized: graph.encoded())
        writer.append(string: snapshot ?? "")
        writer.append(list: droppedStates.sorted()) { $1.append(string: $0) }
    }

    init(from reader: inout ByteReader) throws(WeirError) {
        guard let id = JobID(try reader.readString()) else { throw reader.corrupt("no job id") }
        let name = try reader.readString()
        let program = try reader.readString()
        let arguments = try Self.texts(&reader)
        let workingDirectory = try reader.readString()
        var settings: [String: String] = [:]
        for _ in 0..<(try reader.readCount(elementSize: 2)) {
            let key = try reader.readString()
            settings[key] = try reader.readString()
        }
        let graph = try StreamGraph(decoding: [UInt8](try reader.readSized()))
        let snapshot = try reader.readString()
        self.init(
            id: id,
            name: name,
            program: program,
            arguments: arguments,
            workingDirectory: workingDirectory,
            settings: settings,
            graph: graph,
            snapshot: snapshot.isEmpty ? nil : snapshot,
            droppedStates: Set(try Self.texts(&reader))
        )
    }

    private static func texts(_ reader: inout ByteReader) throws(WeirError) -> [String] {
        try reader.readList(smallest: 1) { (reader) throws(WeirError) in try reader.readString() }
    }
}

/// Names one task of a job: a parallel instance of a vertex.
@frozen
public struct TaskID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The vertex's position in the job graph.
    public let vertex: Int
    /// Which instance, from 0.
    public let subtask: Int

    /// Names instance `subtask` of a vertex.
    @inlinable
    public init(vertex: Int, subtask: Int) {
        self.vertex = vertex
        self.subtask = subtask
    }

    /// Orders by vertex, then subtask.
    public static func < (a: TaskID, b: TaskID) -> Bool {
        (a.vertex, a.subtask) < (b.vertex, b.subtask)
    }

    /// `3.0` for the first instance of vertex 3.
    public var description: String { "\(vertex).\(subtask)" }
}

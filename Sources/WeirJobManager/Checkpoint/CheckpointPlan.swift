import WeirCore
import WeirPlan
import WeirSnapshot

/// What the coordinator has to know of a job: its tasks, how they follow one another, its operators.
public struct CheckpointPlan: Sendable {
    /// Identifies the job for ever.
    public let jobID: String
    /// What people call it.
    public let jobName: String
    /// The number of key groups.
    public let maxParallelism: Int
    /// The operators without their subtasks, as manifests list them.
    let operators: [OperatorSnapshot]
    /// All tasks, ascending.
    public let tasks: [TaskID]
    private let vertices: [Vertex]

    private struct Vertex: Sendable {
        let name: String
        let parallelism: Int
        let operators: [OperatorID]
        let isSource: Bool
        let upstream: [Int]
    }

    /// Takes what is needed from a job graph.
    public init(jobID: String, graph: JobGraph) {
        self.jobID = jobID
        jobName = graph.streamGraph.name
        maxParallelism = graph.maxParallelism
        let nodes = graph.streamGraph.nodes
        vertices = graph.vertices.map { vertex in
            Vertex(
                name: vertex.nodes.map { nodes[$0].name }.joined(separator: " -> "),
                parallelism: vertex.parallelism,
                operators: vertex.nodes.map { nodes[$0].id },
                isSource: nodes[vertex.head].role == .source,
                upstream: graph.edges.filter { $0.target == vertex.number }.map(\.source)
            )
        }
        operators = graph.vertices.flatMap { vertex in
            vertex.nodes.map { node in
                OperatorSnapshot(
                    id: nodes[node].id,
                    name: nodes[node].name,
                    path: nodes[node].path,
                    parallelism: vertex.parallelism,
                    subtasks: []
                )
            }
        }
        tasks = graph.vertices.flatMap { vertex in
            (0..<vertex.parallelism).map { TaskID(vertex: vertex.number, subtask: $0) }
        }
    }

    /// The tasks that read the outside world.
    ///
    /// Some have an input: their splits come through it.
    var sources: [TaskID] { tasks.filter { vertices[$0.vertex].isSource } }

    /// The tasks that no barrier can reach through a channel: those without inputs, and those all
    /// of whose upstream tasks have finished.
    func roots(withoutFinished finished: some Collection<TaskID>) -> [TaskID] {
        let ended = Set(finished)
        let hasEnded = vertices.indices.map { vertex in
            (0..<vertices[vertex].parallelism).allSatisfy {
                ended.contains(TaskID(vertex: vertex, subtask: $0))
            }
        }
        return tasks.filter { task in
            !ended.contains(task) && vertices[task.vertex].upstream.allSatisfy { hasEnded[$0] }
        }
    }

    /// Whether an answer speaks of the task's own operators and subtask only.
    func isPlausible(_ snapshot: TaskSnapshot, of task: TaskID) -> Bool {
        snapshot.parts.allSatisfy {
            vertices[task.vertex].operators.contains($0.operatorID)
                && $0.subtask.index == task.subtask
        }
    }

    /// What people call a task: `join 2/4`.
    func name(of task: TaskID) -> String {
        let vertex = vertices[task.vertex]
        return "\(vertex.name) \(task.subtask + 1)/\(vertex.parallelism)"
    }
}

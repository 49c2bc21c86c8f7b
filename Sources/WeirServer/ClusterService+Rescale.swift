import WeirControl
import WeirCore
import WeirJobManager
import WeirPlan
import WeirREST

/// The parallelism of a running job.
///
/// Operators whose program fixes their parallelism keep it; all others have the same one.
extension ClusterService {
    /// The bounds of each vertex: what it has.
    public func resourceRequirements(
        of id: String
    ) async throws(WeirError) -> [String: ParallelismBounds] {
        let graph = try await report(id).graph
        return graph.vertices.reduce(into: [:]) { bounds, vertex in
            bounds[graph.id(of: vertex)] = ParallelismBounds(
                lowerBound: vertex.parallelism,
                upperBound: vertex.parallelism
            )
        }
    }

    /// Lets a job go on from a checkpoint of now, as wide as the bounds and the free slots allow.
    public func setResourceRequirements(
        of id: String,
        to bounds: [String: ParallelismBounds]
    ) async throws(WeirError) {
        let job = try await report(id)
        guard let range = try range(of: bounds, for: job) else { return }
        let _: CheckpointID = try await ask { manager.rescale(job.id, to: range, $0) }
    }

    /// The bounds of the vertices that have no fixed parallelism; nil if there are none.
    private func range(
        of bounds: [String: ParallelismBounds],
        for job: JobReport
    ) throws(WeirError) -> ClosedRange<Int>? {
        let graph = job.graph
        var rest = bounds
        var common: ParallelismBounds?
        for vertex in graph.vertices {
            let name = graph.name(of: vertex)
            guard let wanted = rest.removeValue(forKey: graph.id(of: vertex)) else {
                throw invalid("The bounds of \(name) are missing.", job)
            }
            if graph.hasFixedParallelism(vertex) {
                guard (wanted.lowerBound...wanted.upperBound).contains(vertex.parallelism) else {
                    throw invalid("\(name) has the fixed parallelism \(vertex.parallelism).", job)
                }
            } else if let common, common != wanted {
                throw invalid("\(name) has other bounds than the vertices before it.", job)
            } else {
                common = wanted
            }
        }
        if let unknown = rest.keys.min() { throw invalid("It has no vertex \(unknown).", job) }
        return common.map { $0.lowerBound...$0.upperBound }
    }

    private func invalid(_ reason: String, _ job: JobReport) -> WeirError {
        WeirError(
            .requestInvalid,
            "The resource requirements do not fit job \(job.id).",
            reason: reason,
            fix:
                "Give every vertex of GET jobs/\(job.id)/resource-requirements bounds: the same for "
                + "all, and those with a fixed parallelism theirs."
        )
    }
}

extension JobGraph {
    /// Whether the program says how many tasks a vertex has.
    func hasFixedParallelism(_ vertex: JobVertex) -> Bool {
        streamGraph.nodes[vertex.head].parallelism != nil
    }
}

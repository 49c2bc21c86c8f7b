import WeirSnapshot

/// The checkpoint that is to be taken next, and from when on.
struct NextCheckpoint {
    let purpose: CheckpointManifest.Purpose
    /// Whether it is the last one.
    var endsJob = false
    /// Whether the first of the requests asks for it.
    var isAsked = false
    /// Monotonic nanoseconds before which it does not begin.
    let from: Int64
}

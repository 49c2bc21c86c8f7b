import WeirSystem

extension EmbeddedEngine {
    /// An engine on this machine: its clock, disk and threads.
    public init() { self.init(world: RealWorld()) }
}

/// The one interface through which everything outside of pure computation comes.
///
/// Production passes the real one (`WeirSystem.RealWorld`); tests and the simulator pass
/// `SimulatedWorld`, where time, chance, disk and scheduling follow a seed. Nothing in the engine may
/// reach the operating system in another way; TidyTests refuses it.
public protocol World: AnyObject, Sendable {
    /// What time it is.
    var clock: any Clock { get }
    /// Chance.
    var random: any RandomSource { get }
    /// The disk.
    var files: any FileSystem { get }
    /// Threads, parking, and background work.
    var threads: any ThreadHost { get }
    /// Sockets.
    var network: any Network { get }
    /// This process, its environment and standard streams, and others.
    var processes: any ProcessHost { get }
}

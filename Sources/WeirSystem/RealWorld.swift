import CWeirSystem
import WeirCore

/// The operating system, as production sees it.
///
/// One a process is enough; several do not disturb each other. Any thread may use it.
public final class RealWorld: World {
    /// The system's clocks.
    public let clock: any Clock = RealClock()
    /// Chance, seeded by the kernel.
    public let random: any RandomSource = RealRandom()
    /// The disk, by POSIX calls.
    public let files: any FileSystem = RealFileSystem()
    /// POSIX threads, parked on futexes.
    public let threads: any ThreadHost = RealThreadHost()
    /// TCP and Unix-domain sockets that never block.
    public let network: any Network = RealNetwork()
    /// This process.
    public let processes: any ProcessHost = RealProcessHost()

    /// Starts nothing: threads begin when they are first asked for.
    ///
    /// Sets up the process, since all programs begin here: standard streams that are closed lead
    /// nowhere, so that no file gets their numbers; large blocks go back to the kernel, and the
    /// soft limit of open files is raised to the hard one.
    public init() {
        weir_occupy_standard_streams()
        weir_return_large_blocks()
        weir_raise_descriptor_limit()
    }
}

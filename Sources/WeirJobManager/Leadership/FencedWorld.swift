import WeirCore

/// The world of a leader whom a lease protects: its disk is a `FencedFileSystem`, all else as it is.
package final class FencedWorld: World {
    private let base: any World
    private let fence: Fence

    /// A world behind a fence.
    package init(_ base: any World, _ fence: Fence) {
        self.base = base
        self.fence = fence
    }

    /// What time it is.
    package var clock: any Clock { base.clock }
    /// Chance.
    package var random: any RandomSource { base.random }
    /// The disk, which is changed only while the fence is open.
    package var files: any FileSystem { FencedFileSystem(base: base.files, fence: fence) }
    /// Threads, parking, and background work.
    package var threads: any ThreadHost { base.threads }
    /// Sockets.
    package var network: any Network { base.network }
    /// This process and others.
    package var processes: any ProcessHost { base.processes }
}

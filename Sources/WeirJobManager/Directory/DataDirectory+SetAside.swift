import WeirCore

/// A fresh start sets the checkpoints that are there aside until it has one of its own: one that fails
/// before costs nothing.
///
/// `completed` is the first that goes and the last that comes back, so that after a crash in between the
/// same is done again.
extension DataDirectory {
    private static let stores = ["checkpoints", "fallback"]

    private var aside: String { path + "/set-aside" }

    /// Begins without checkpoints; those that are there go aside.
    func setAside() throws(WeirError) {
        let files = world.files
        if try hasCompleted() {
            try files.removeTree(aside)
            try files.makeDirectory(aside)
            try files.rename(completedMark, aside + "/completed")
            try files.synchronizeDirectory(aside)
            try files.synchronizeDirectory(path)
        }
        let isAside = try files.status(aside) != nil
        for name in Self.stores {
            let isMoved = try files.status(aside + "/" + name) != nil
            if isAside, !isMoved, try files.status(path + "/" + name) != nil {
                try files.rename(path + "/" + name, aside + "/" + name)
            } else {
                try files.removeTree(path + "/" + name)
            }
            try files.makeDirectory(path + "/" + name)
        }
        try files.synchronizeDirectory(path)
    }

    /// Takes back what a fresh start set aside that had no checkpoint of its own.
    func bringBack() throws(WeirError) {
        let files = world.files
        guard try files.status(aside) != nil else { return }
        guard try !hasCompleted() else { return try dropAside() }
        for name in Self.stores where try files.status(aside + "/" + name) != nil {
            try files.removeTree(path + "/" + name)
            try files.rename(aside + "/" + name, path + "/" + name)
        }
        // The mark says that they are back, also after a power cut.
        try files.synchronizeDirectory(path)
        try files.synchronizeDirectory(aside)
        if try files.status(aside + "/completed") != nil {
            try files.rename(aside + "/completed", completedMark)
        }
        try files.synchronizeDirectory(path)
        try files.removeTree(aside)
    }

    /// Removes what was set aside: there is a new checkpoint.
    func dropAside() throws(WeirError) { try world.files.removeTree(aside) }
}

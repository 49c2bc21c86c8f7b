import WeirCore
import WeirSystem

/// A directory of its own for one test, removed at the test's end.
final class TemporaryDirectory {
    let world: RealWorld
    let path: String

    init() throws {
        world = RealWorld()
        let root = world.processes.environment("TMPDIR") ?? "/tmp"
        path = "\(root)/weir-\(world.processes.processID)-\(world.random.next())"
        try world.files.makeDirectory(path)
    }

    deinit { try? world.files.removeTree(path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }
}

extension OpenFile {
    func write(_ text: String) throws {
        var bytes = Array(text.utf8)
        var failure: WeirError?
        bytes.withUnsafeMutableBytes { buffer in
            do throws(WeirError) { try write(UnsafeRawBufferPointer(buffer)) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    func write(_ text: String, at offset: Int) throws {
        var bytes = Array(text.utf8)
        var failure: WeirError?
        bytes.withUnsafeMutableBytes { buffer in
            do throws(WeirError) { try write(UnsafeRawBufferPointer(buffer), at: offset) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}

extension FileSystem {
    func text(_ path: String) throws -> String {
        String(decoding: try readAll(path), as: UTF8.self)
    }
}

/// The code of the error that a call throws; nil if it throws none.
func code(of call: () throws -> Void) -> ErrorCode? {
    do { try call() } catch { return (error as? WeirError)?.code }
    return nil
}

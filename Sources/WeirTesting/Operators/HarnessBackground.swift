import Weir
import WeirOperators

/// Runs background work at once.
final class HarnessBackground {
    var runner: BackgroundRunner {
        { work, completion in
            var failure: WeirError?
            do throws(WeirError) {
                try work()
            } catch {
                failure = error
            }
            // A failure of the completion shows in the operator's next call.
            try? completion(failure)
        }
    }

    /// A directory that no other harness of the world has.
    static func newDirectory(_ world: any World) -> String {
        var number = 0
        while (try? world.files.status("/harness/scratch-\(number)")) != nil { number += 1 }
        let path = "/harness/scratch-\(number)"
        try? world.files.makeDirectory(path)
        return path
    }
}

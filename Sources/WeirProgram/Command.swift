import Weir
import WeirBench
import WeirCommand
import WeirCore
import WeirSystem

/// The `weir` binary: reads the command line, runs a verb, ends with its exit code.
@main
enum Command {
    static func main() {
        let world = RealWorld()
        let arguments = Array(CommandLine.arguments.dropFirst())
        // The job of `weir bench` is this executable, too, as its workers know it.
        if ProbeJob.isCalled(arguments) { return ProbeJob.main() }
        world.processes.exit(WeirTool.run(arguments, world: world))
    }
}

import WeirCommand
import WeirCore
import WeirSystem

/// The `weir` binary: reads the command line, runs a verb, ends with its exit code.
@main
enum Command {
    static func main() {
        let world = RealWorld()
        let arguments = Array(CommandLine.arguments.dropFirst())
        world.processes.exit(WeirTool.run(arguments, world: world))
    }
}

import WeirCore

/// Runs a job's executable as its command line says.
public struct JobLauncher: Sendable {
    private let world: any World

    /// A launcher whose effects go through `world`.
    public init(world: any World) { self.world = world }

    /// Runs a job to its end; returns the exit code.
    public func launch<Job: StreamingJob>(_ job: Job.Type, arguments: [String]) -> Int32 {
        do throws(WeirError) {
            if let code = try clusterPart(job, arguments) { return code }
            let options = try RunOptions.parse(
                arguments,
                program: Job.name,
                jobFlags: Set(Job.argumentHelp.map { String($0.prefix { $0 != " " }) })
            )
            if options.wantsHelp || options.asksJobForHelp {
                try world.processes.write(help(job), to: .output)
                return 0
            }
            return try run(job, options)
        } catch {
            world.processes.tell("\(error)\n")
            return error.exitCode
        }
    }

    /// What a cluster has an executable do; nil if the command line asks for nothing of that.
    private func clusterPart<Job: StreamingJob>(
        _ job: Job.Type,
        _ arguments: [String]
    ) throws(WeirError) -> Int32? {
        if arguments.first == JobPlanFlag.flag {
            let program = try makeProgram(job, JobPlanFlag.jobArguments(arguments))
            try JobPlanFlag.write(program.graph, world.processes)
            return 0
        }
        let worker = try Worker(arguments, world: world) { jobArguments throws(WeirError) in
            try makeProgram(job, jobArguments)
        }
        guard let worker else { return nil }
        try worker.start().wait()
        return 0
    }

    private func makeProgram<Job: StreamingJob>(
        _ job: Job.Type,
        _ jobArguments: [String]
    ) throws(WeirError) -> Program {
        let environment = StreamExecutionEnvironment(name: Job.name)
        try Job().build(environment, arguments: jobArguments)
        return try environment.makeProgram()
    }

    private func run<Job: StreamingJob>(
        _ job: Job.Type,
        _ options: RunOptions
    ) throws(WeirError) -> Int32 {
        let settings = try options.resolveSettings(world: world).settings
        let environment = StreamExecutionEnvironment(name: options.name ?? Job.name)
        let instance = Job()
        try instance.build(environment, arguments: options.jobArguments)
        var engineOptions = EmbeddedEngine.Options()
        engineOptions.settings = settings
        engineOptions.dataDirectory = options.dataDirectory
        engineOptions.snapshot = options.snapshot
        engineOptions.isFresh = options.isFresh
        engineOptions.droppedStates = Set(options.droppedStates)
        let line = LiveLine(world: world)
        let running = try EmbeddedEngine(world: world).start(
            try environment.makeProgram(),
            options: engineOptions,
            onStatus: { line.show($0) },
            onNotice: { line.say($0) }
        )
        let interrupts = InterruptCounter()
        world.processes.onInterrupt {
            guard interrupts.next() == 1 else { world.processes.exit(130) }
            line.say(stopNotice(isLasting: options.dataDirectory != nil))
            running.stop()
        }
        let (outcome, status) = running.wait()
        line.close()
        switch outcome {
        case .finished:
            try instance.finished(status, arguments: options.jobArguments, world: world)
            return 0
        case .suspended:
            line.say(
                options.dataDirectory == nil
                    ? "stopped after checkpoint \(status.lastCheckpoint), which is not kept: give --data DIR "
                        + "to go on later"
                    : "stopped after checkpoint \(status.lastCheckpoint); run it again to go on"
            )
            return 0
        case .cancelled: return 0
        case .failed(let error): throw error
        }
    }

    private func stopNotice(isLasting: Bool) -> String {
        "stopping: a last checkpoint is taken first; a second Ctrl-C or SIGTERM ends the process "
            + "at once, "
            + (isLasting
                ? "and the next run goes on from the last completed checkpoint"
                : "and nothing is kept, since there is no --data")
    }

    private func help<Job: StreamingJob>(_ job: Job.Type) -> String {
        var text = "\(Job.name): \(Job.summary)\n\nOptions:\n\(RunOption.help)\n"
        if !Job.argumentHelp.isEmpty {
            text += "\nArguments of the job, after --:\n"
            for line in Job.argumentHelp { text += "  \(line)\n" }
        }
        text += "\n\(RunOption.exitCodeHelp)\n"
        return text
    }
}

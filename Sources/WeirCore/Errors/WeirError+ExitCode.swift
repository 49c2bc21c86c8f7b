extension WeirError {
    /// The exit code of a command that ends with this error.
    ///
    /// 1: the job or the checked thing failed; 2: wrong usage or configuration; 3: refused.
    public var exitCode: Int32 {
        switch kind {
        case .fixConfiguration: 2
        case .refused: 3
        case .retry, .fixJob, .fixEnvironment, .corruption, .bug: 1
        }
    }
}

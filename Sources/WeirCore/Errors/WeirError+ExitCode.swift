extension WeirError {
    /// The exit code of a command that ends with this error.
    ///
    /// 1: the job or the checked thing failed; 2: wrong usage or configuration; 3: refused; 4: the server
    /// cannot be reached.
    public var exitCode: Int32 {
        if code == .serverUnreachable { return 4 }
        return switch kind {
        case .fixConfiguration: 2
        case .refused: 3
        case .retry, .fixJob, .fixEnvironment, .corruption, .bug: 1
        }
    }
}

import Synchronization
import WeirCore

/// The errors that a campaign's job throws, when it is told to.
final class CampaignErrors: Sendable {
    private struct State {
        var due: [WeirError.Kind] = []
        /// Those that end a job, and those that end it when they come again and again.
        var fatal = 0
        var own = 0
    }

    private static let message = "The campaign's job throws this on purpose."
    private let state = Mutex(State())

    /// The job's code is to throw errors of a kind, so many times.
    func add(_ kind: WeirError.Kind, times: Int) {
        state.withLock { $0.due += Array(repeating: kind, count: times) }
    }

    /// What is to be thrown now, if anything is.
    func next() -> WeirError? {
        let kind: WeirError.Kind? = state.withLock { state in
            guard let kind = state.due.popLast() else { return nil }
            switch kind {
            case .refused, .fixConfiguration, .corruption: state.fatal += 1
            case .fixJob, .bug: state.own += 1
            case .retry, .fixEnvironment: break
            }
            return kind
        }
        return kind.map { WeirError(Self.code(of: $0), Self.message, kind: $0) }
    }

    /// Whether a job may have failed of what was thrown, and says so.
    func explains(_ failure: WeirError) -> Bool {
        let (fatal, own) = state.withLock { ($0.fatal, $0.own) }
        // `RestartPolicy` tries the job's own errors three times.
        return "\(failure)".contains(Self.message) && (fatal > 0 || own >= 3)
    }

    private static func code(of kind: WeirError.Kind) -> ErrorCode {
        switch kind {
        case .retry: .cancelled
        case .fixJob, .bug: .jobFailed
        case .fixConfiguration: .badValue
        case .fixEnvironment: .processFailed
        case .refused: .inputChanged
        case .corruption: .corruptBytes
        }
    }
}

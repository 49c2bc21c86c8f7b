import WeirCore
import WeirPlan

/// Remembers what follows on the executor thread when background work ends.
///
/// The work itself runs on an I/O thread; its completion stays here and never leaves the thread.
final class BackgroundTable {
    private let group: BackgroundGroup
    private let task: TaskID
    private let mailbox: SlotMailbox
    private var completions: [Int: (WeirError?) throws(WeirError) -> Void] = [:]
    private var nextToken = 1

    init(group: BackgroundGroup, task: TaskID, mailbox: SlotMailbox) {
        self.group = group
        self.task = task
        self.mailbox = mailbox
    }

    /// Whether work is under way.
    var isBusy: Bool { !completions.isEmpty }

    /// Runs `work` on an I/O thread, then `completion` here.
    func run(
        _ work: @escaping @Sendable () throws(WeirError) -> Void,
        _ completion: @escaping (WeirError?) throws(WeirError) -> Void
    ) {
        let token = nextToken
        nextToken += 1
        completions[token] = completion
        group.run { [task, mailbox] in
            do throws(WeirError) {
                try work()
                mailbox.post(.backgroundDone(task, token: token, nil))
            } catch {
                mailbox.post(.backgroundDone(task, token: token, error))
            }
        }
    }

    /// Called when the mailbox brings the end of work `token`.
    func finish(token: Int, error: WeirError?) throws(WeirError) {
        guard let completion = completions.removeValue(forKey: token) else { return }
        try completion(error)
    }

    /// The task has ended: nothing follows any work, and what was to follow is let go of.
    func close() { completions = [:] }
}

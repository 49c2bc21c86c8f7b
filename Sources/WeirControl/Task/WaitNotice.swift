/// What people are told who wait for work on I/O threads to end.
public enum WaitNotice {
    /// The text for so many pieces of work.
    public static func text(_ count: Int) -> String {
        "waiting for \(count) pieces of work on I/O threads to end; a disk that answers slowly "
            + "may be the reason"
    }
}

/// What an `EpollPoller` can watch.
protocol Pollable: AnyObject {
    /// The descriptor that becomes readable or writable; -1 once closed.
    var polledDescriptor: CInt { get }
}

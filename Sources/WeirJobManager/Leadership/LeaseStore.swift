import WeirCore

/// A place outside of all job managers that gives one of them at a time a lease, and keeps what only the
/// one that has it may write: etcd, or a model of it in simulations.
///
/// Calls wait for the answer, for a bounded time, and come from any thread.
package protocol LeaseStore: Sendable {
    /// Where it is, for messages.
    var place: String { get }
    /// Becomes leader for a time, if nobody leads; `name` is what others are told of the leader.
    ///
    /// A leader's epoch is higher than that of any before.
    /// - Throws: `metadataStoreFailed`; whether it leads is not known then.
    func acquire(for nanoseconds: Int64, as name: String) throws(WeirError) -> LeaseAnswer
    /// Leads on for the time of the lease, from some moment of this call on; false: the lease is over.
    ///
    /// - Throws: `metadataStoreFailed`.
    func renew(_ lease: Lease) throws(WeirError) -> Bool
    /// Gives the lease up: others need not wait for its end.
    ///
    /// - Throws: `metadataStoreFailed`.
    func release(_ lease: Lease) throws(WeirError)
    /// Writes bytes under a name, on condition that the lease leads; false: it does not, and nothing
    /// is written.
    ///
    /// What did not get through in time never replaces what was written later.
    /// - Throws: `metadataStoreFailed`: it may be written, or not. `badValue` if it is too long.
    func put(_ bytes: [UInt8], as name: String, by lease: Lease) throws(WeirError) -> Bool
    /// The bytes under a name; nil if there are none.
    ///
    /// - Throws: `metadataStoreFailed`.
    func get(_ name: String) throws(WeirError) -> [UInt8]?
    /// All names that begin with a prefix, sorted, with their bytes.
    ///
    /// - Throws: `metadataStoreFailed`.
    func getAll(prefix: String) throws(WeirError) -> [(name: String, bytes: [UInt8])]
}

/// A leader's right to lead.
package struct Lease: Sendable, Equatable {
    /// Names it at the store.
    package let id: Int64
    /// What is compared when the leader writes: the store's number of the moment at which it became leader.
    package let revision: Int64
    /// Higher than that of any leader before.
    package let epoch: LeaderEpoch

    package init(id: Int64, revision: Int64, epoch: LeaderEpoch) {
        self.id = id
        self.revision = revision
        self.epoch = epoch
    }
}

/// What comes of asking for the lease.
package enum LeaseAnswer: Sendable, Equatable {
    /// The asker leads.
    case granted(Lease)
    /// This one leads.
    case taken(by: String)
}

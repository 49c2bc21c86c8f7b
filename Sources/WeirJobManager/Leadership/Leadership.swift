import WeirCore

/// What a job manager that leads by a lease has of it.
package struct Leadership: Sendable {
    /// Higher than that of any leader before.
    package let epoch: LeaderEpoch
    /// Whether it leads.
    package let fence: Fence
    /// What leaders write down of jobs.
    package let records: any JobRecordStore
}

/// Where leaders write down what the next one must know of jobs.
package protocol JobRecordStore: Sendable {
    /// Writes a record down, in the place of the one before.
    func store(_ record: JobRecord) throws(WeirError)
    /// The record of a job; nil if there is none.
    func load(_ id: JobID) throws(WeirError) -> JobRecord?
    /// All records, those first that were handed in first; what cannot be read is told.
    func loadAll(notice: (String) -> Void) throws(WeirError) -> [JobRecord]
}

import WeirCore

/// The records of jobs in a `LeaseStore`, under `jobs/ID`: the leader writes them, and nobody else can.
struct LeasedRecords: JobRecordStore {
    let store: any LeaseStore
    let lease: Lease
    let fence: Fence
    let world: any World

    private static let prefix = "jobs/"
    /// From one try to the next, in nanoseconds, while the store does not answer.
    private static let pause: Int64 = 100_000_000

    /// Tries again while the store does not answer, for as long as the lease lasts: whoever is told that
    /// a record is not stored may take it for a fault that is to be lived with.
    func store(_ record: JobRecord) throws(WeirError) {
        let name = Self.prefix + record.submission.id.description
        let bytes = record.sealed()
        let parker = world.threads.makeParker()
        while true {
            try fence.check()
            do throws(WeirError) {
                if try store.put(bytes, as: name, by: lease) { return }
                fence.close()
                throw Fence.lost("Another one leads, as \(store.place) says.")
            } catch  where error.code == .metadataStoreFailed {
                parker.park(until: world.clock.monotonicNanoseconds() + Self.pause)
            }
        }
    }

    func load(_ id: JobID) throws(WeirError) -> JobRecord? {
        let name = Self.prefix + id.description
        guard let bytes = try store.get(name) else { return nil }
        return try open(bytes, id)
    }

    func loadAll(notice: (String) -> Void) throws(WeirError) -> [JobRecord] {
        var records: [JobRecord] = []
        for (name, bytes) in try store.getAll(prefix: Self.prefix) {
            guard let id = JobID(String(name.dropFirst(Self.prefix.count))) else { continue }
            do throws(WeirError) {
                records.append(try open(bytes, id))
            } catch {
                notice("\(error)")
            }
        }
        return records.inOrderOfSubmission
    }

    private func open(_ bytes: [UInt8], _ id: JobID) throws(WeirError) -> JobRecord {
        do throws(WeirError) {
            return try JobRecord(sealed: bytes, of: id)
        } catch {
            throw WeirError(
                error.code,
                "The record of job \(id) cannot be read.",
                position: "\(store.place)\(Self.prefix)\(id)",
                reason: "\(error.message) \(error.reason)",
                fix:
                    "Bring it back from a backup of the store, or submit the job again with --from "
                    + "and its newest checkpoint."
            )
        }
    }
}

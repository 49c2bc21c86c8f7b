import WeirData

/// Makes the events of given numbers and writes them into the columns of a batch.
///
/// Each event has a random generator of its own, seeded with the event's id, as in Apache Beam's
/// generator: an event is a function of its id. The order of the draws is that of
/// github.com/nexmark/nexmark.
struct NexmarkWriter {
    // SAFETY: column references are those of the batch at hand, which lives through the call; the
    // table decides the schema and with it how many columns there are and how wide.
    private let configuration: NexmarkConfiguration
    let timeline: NexmarkTimeline
    let identities: NexmarkIdentities
    private let seed: Int64
    private let isCombined: Bool

    init(_ configuration: NexmarkConfiguration) {
        self.configuration = configuration
        timeline = NexmarkTimeline(configuration)
        identities = NexmarkIdentities(configuration)
        // Zero stays zero: the published events.
        seed = configuration.seed &* 0x1E37_79B9_7F4A_7C15
        isCombined = configuration.table == .all
    }

    /// Forgets what rows of a new batch of all kinds hold: all of it is NULL until written.
    func clear(_ batch: Batch) {
        guard isCombined else { return }
        for (index, column) in batch.columns.enumerated() {
            let reference = batch.columnReferences[index]
            guard let validity = reference.validity else { continue }
            validity.update(repeating: 0, count: (batch.capacity + 63) / 64)
            guard column.descriptor.type.isView else { continue }
            reference.values.initializeMemory(
                as: UInt64.self,
                repeating: 0,
                count: batch.capacity * 2
            )
        }
    }

    /// Writes event `number` to row `row`, unless it is of a kind that is not wanted; returns
    /// whether it was written.
    @inline(__always)
    func write(
        _ number: Int64,
        _ batch: Batch,
        _ row: Int,
        _ channels: NexmarkChannels.Table
    ) -> Bool {
        let adjusted = timeline.adjusted(number)
        let id = timeline.id(adjusted)
        let place = identities.place(id)
        let kind = kind(place.offset)
        let table = configuration.table
        guard isCombined || table == kind else { return false }
        let columns = columns(of: kind, batch, row)
        let time = timeline.time(adjusted)
        batch.eventTimes[row] = time
        var random = JavaRandom(seed: id ^ seed)
        switch kind {
        case .bid: writeBid(columns, row, place, time, &random, channels)
        case .auction: writeAuction(columns, row, place, time, adjusted, &random)
        default: writePerson(columns, row, place, time, &random)
        }
        return true
    }

    @inline(__always)
    private func kind(_ offset: Int64) -> NexmarkTable {
        if offset < identities.personProportion { return .person }
        if offset < identities.personProportion &+ identities.auctionProportion { return .auction }
        return .bid
    }

    /// The columns of a kind; in a batch of all kinds they are marked as present.
    @inline(__always)
    private func columns(
        of kind: NexmarkTable,
        _ batch: Batch,
        _ row: Int
    ) -> UnsafeMutablePointer<ColumnReference> {
        let all = batch.columnReferences
        guard isCombined else { return all }
        let (type, first, count): (Int32, Int, Int) =
            switch kind {
            case .bid: (2, 19, 7)
            case .auction: (1, 9, 10)
            default: (0, 1, 8)
            }
        all[0].store(type, row)
        for index in first..<(first &+ count) { all[index].setPresent(row, true) }
        return all + first
    }

    @inline(__always)
    private func writeBid(
        _ columns: UnsafeMutablePointer<ColumnReference>,
        _ row: Int,
        _ place: (cycle: Int64, offset: Int64),
        _ time: Int64,
        _ random: inout JavaRandom,
        _ channels: NexmarkChannels.Table
    ) {
        let hotGroup = NexmarkIdentities.hotGroup
        let lastAuction = identities.lastAuction(place)
        let auction =
            random.nextInt32(below: configuration.hotAuctionRatio) > 0
            ? lastAuction / hotGroup &* hotGroup : identities.someAuction(lastAuction, &random)
        let lastPerson = identities.lastPerson(place)
        // The second of the group, so that hot bidders are not the hot sellers.
        let bidder =
            random.nextInt32(below: configuration.hotBidderRatio) > 0
            ? lastPerson / hotGroup &* hotGroup &+ 1 : identities.somePerson(lastPerson, &random)
        let price = NexmarkPrice.next(&random)
        let channel =
            random.nextInt32(below: 2) > 0
            ? random.nextInt32(below: 4) : random.nextInt32(below: NexmarkChannels.count) &+ 4
        columns[0].store(auction &+ NexmarkIdentities.firstID, row)
        // The published generator adds the first id twice.
        columns[1].store(bidder &+ 2 &* NexmarkIdentities.firstID, row)
        columns[2].store(price, row)
        channels.store(Int(channel), columns[3], columns[4], row)
        columns[5].store(time, row)
        NexmarkText.storeExtra(
            columns[6],
            row,
            size: 32,
            average: configuration.averageBidBytes,
            &random
        )
    }

    private func writeAuction(
        _ columns: UnsafeMutablePointer<ColumnReference>,
        _ row: Int,
        _ place: (cycle: Int64, offset: Int64),
        _ time: Int64,
        _ adjusted: Int64,
        _ random: inout JavaRandom
    ) {
        let lastPerson = identities.lastPerson(place)
        let hotGroup = NexmarkIdentities.hotGroup
        let seller =
            random.nextInt32(below: configuration.hotSellerRatio) > 0
            ? lastPerson / hotGroup &* hotGroup : identities.somePerson(lastPerson, &random)
        let category = random.nextInt32(below: NexmarkIdentities.categoryCount)
        let initialBid = NexmarkPrice.next(&random)
        let expires = time &+ auctionMilliseconds(time, adjusted, &random)
        let name = NexmarkText.store(columns[1], row, limit: 20, &random)
        let description = NexmarkText.store(columns[2], row, limit: 100, &random)
        let reserve = initialBid &+ NexmarkPrice.next(&random)
        columns[0].store(identities.lastAuction(place) &+ NexmarkIdentities.firstID, row)
        columns[3].store(initialBid, row)
        columns[4].store(reserve, row)
        columns[5].store(time, row)
        columns[6].store(expires, row)
        columns[7].store(seller &+ NexmarkIdentities.firstID, row)
        columns[8].store(Int64(category) &+ NexmarkIdentities.firstCategory, row)
        NexmarkText.storeExtra(
            columns[9],
            row,
            size: 48 &+ name &+ description,
            average: configuration.averageAuctionBytes,
            &random
        )
    }

    /// How long an auction is open: on average until `inFlightAuctions` more have been opened.
    private func auctionMilliseconds(
        _ time: Int64,
        _ adjusted: Int64,
        _ random: inout JavaRandom
    ) -> Int64 {
        let events =
            configuration.inFlightAuctions &* identities.totalProportion
            / identities.auctionProportion
        let horizon = timeline.time(adjusted &+ events) &- time
        return 1 &+ NexmarkIdentities.number(below: max(horizon &* 2, 1), &random)
    }

    private func writePerson(
        _ columns: UnsafeMutablePointer<ColumnReference>,
        _ row: Int,
        _ place: (cycle: Int64, offset: Int64),
        _ time: Int64,
        _ random: inout JavaRandom
    ) {
        columns[0].store(identities.lastPerson(place) &+ NexmarkIdentities.firstID, row)
        let text = NexmarkPersonText.store(columns, row, &random)
        columns[6].store(time, row)
        NexmarkText.storeExtra(
            columns[7],
            row,
            size: 8 &+ text,
            average: configuration.averagePersonBytes,
            &random
        )
    }
}

import WeirCore

/// What the Nexmark generator makes, with the published defaults.
///
/// Names and defaults follow `NexmarkConfiguration` of github.com/nexmark/nexmark and of Apache
/// Beam, from which it comes.
public struct NexmarkConfiguration: Sendable, Equatable {
    /// Which events become rows.
    public var table = NexmarkTable.all
    /// Number of events of all three kinds; nil: no end.
    public var eventCount: Int64?
    /// Events of all kinds per second of event time.
    public var eventsPerSecond = 10_000
    /// Whether events come as fast as their event time passes, instead of as fast as possible.
    public var isPaced = false
    /// Event time of event number 0, in milliseconds since 1970; 2015-07-15T00:00:00Z.
    public var baseTime: EventTime = 1_436_918_400_000
    /// 0: the published events; other numbers: others of the same kind.
    public var seed: Int64 = 0
    /// Added to an event's number to give its id.
    public var firstEventID: Int64 = 0
    /// Number of the first event.
    public var firstEventNumber: Int64 = 0
    /// Parts that are read in parallel, each with a watermark of its own; nil: one a subtask of the
    /// first start.
    public var splitCount: Int?

    /// Persons among `personProportion + auctionProportion + bidProportion` events.
    public var personProportion: Int64 = 1
    /// Auctions among as many.
    public var auctionProportion: Int64 = 3
    /// Bids among as many.
    public var bidProportion: Int64 = 46
    /// Average bytes of a person.
    public var averagePersonBytes: Int32 = 200
    /// Average bytes of an auction.
    public var averageAuctionBytes: Int32 = 500
    /// Average bytes of a bid.
    public var averageBidBytes: Int32 = 100
    /// All bids but one in so many go to the hot auction.
    public var hotAuctionRatio: Int32 = 2
    /// All auctions but one in so many have the hot seller.
    public var hotSellerRatio: Int32 = 4
    /// All bids but one in so many come from the hot bidder.
    public var hotBidderRatio: Int32 = 4
    /// Auctions that are open at a time.
    public var inFlightAuctions: Int64 = 100
    /// Persons that sell or bid at a time.
    public var activePeople: Int64 = 1000
    /// Events in a group that is shuffled; 1: all are in order.
    public var outOfOrderGroupSize: Int64 = 1

    /// The defaults.
    public init() {}

    /// Events of a cycle, in which each kind has its proportion.
    var totalProportion: Int64 { personProportion + auctionProportion + bidProportion }

    /// Refuses what the generator cannot make.
    ///
    /// - Throws: `badValue` with the name of the field.
    public func check() throws(WeirError) {
        let small: ClosedRange<Int64> = 1...1_000_000_000
        let fields: [(String, Int64, ClosedRange<Int64>)] = [
            ("event count", eventCount ?? 0, 0...(1 << 50)),
            ("events per second", Int64(eventsPerSecond), small),
            ("base time", baseTime, -(1 << 50)...(1 << 50)),
            ("first event id", firstEventID, 0...(1 << 50)),
            ("first event number", firstEventNumber, 0...(1 << 50)),
            ("split count", Int64(splitCount ?? 1), 1...32768),
            ("person proportion", personProportion, small),
            ("auction proportion", auctionProportion, small),
            ("bid proportion", bidProportion, small),
            ("average person bytes", Int64(averagePersonBytes), 0...1_000_000),
            ("average auction bytes", Int64(averageAuctionBytes), 0...1_000_000),
            ("average bid bytes", Int64(averageBidBytes), 0...1_000_000),
            ("hot auction ratio", Int64(hotAuctionRatio), small),
            ("hot seller ratio", Int64(hotSellerRatio), small),
            ("hot bidder ratio", Int64(hotBidderRatio), small),
            ("in-flight auctions", inFlightAuctions, small),
            ("active people", activePeople, small),
            ("out-of-order group size", outOfOrderGroupSize, small),
        ]
        for (name, value, range) in fields where !range.contains(value) {
            throw WeirError(
                .badValue,
                "The Nexmark source's \(name) is \(value).",
                reason: "It must be from \(range.lowerBound) to \(range.upperBound).",
                fix: "Give a value in that range, or leave the default."
            )
        }
    }
}

/// Which of the generator's events become rows, and with which columns.
public enum NexmarkTable: String, Sendable, CaseIterable {
    /// All events, in columns for each kind and `event_type`: `NexmarkEvent`.
    case all
    /// Persons only: `NexmarkPerson`.
    case person
    /// Auctions only: `NexmarkAuction`.
    case auction
    /// Bids only: `NexmarkBid`.
    case bid
}

/// Which persons and auctions there are when an event happens, and which of them it names.
///
/// Ids follow from the event's id alone, so that generators need to know nothing of each other.
/// All numbers count from 0; `firstID` is added at the end.
struct NexmarkIdentities: Sendable {
    /// Added to persons' and auctions' numbers.
    static let firstID: Int64 = 1000
    /// Added to categories' numbers.
    static let firstCategory: Int64 = 10
    /// Categories of auctions.
    static let categoryCount: Int32 = 5
    /// Hot sellers, bidders and auctions are the first (or second) of so many.
    static let hotGroup: Int64 = 100
    /// Persons and auctions may be named that come a little later.
    private static let lead: Int64 = 10

    let personProportion: Int64
    let auctionProportion: Int64
    let totalProportion: Int64
    private let inFlightAuctions: Int64
    private let activePeople: Int64

    init(_ configuration: NexmarkConfiguration) {
        personProportion = configuration.personProportion
        auctionProportion = configuration.auctionProportion
        totalProportion = configuration.totalProportion
        inFlightAuctions = configuration.inFlightAuctions
        activePeople = configuration.activePeople
    }

    /// Where an event stands: which cycle, and which place in it.
    @inline(__always)
    func place(_ eventID: Int64) -> (cycle: Int64, offset: Int64) {
        let cycle = eventID / totalProportion
        return (cycle, eventID &- cycle &* totalProportion)
    }

    /// The newest person when the event happens; the event's own if it is one.
    @inline(__always)
    func lastPerson(_ place: (cycle: Int64, offset: Int64)) -> Int64 {
        place.cycle &* personProportion &+ min(place.offset, personProportion &- 1)
    }

    /// The newest auction when the event happens; the event's own if it is one.
    @inline(__always)
    func lastAuction(_ place: (cycle: Int64, offset: Int64)) -> Int64 {
        // A person stands before its cycle's auctions: the last is one of the cycle before.
        let offset = min(place.offset &- personProportion, auctionProportion &- 1)
        return place.offset < personProportion
            ? place.cycle &* auctionProportion &- 1
            : place.cycle &* auctionProportion &+ offset
    }

    /// One of the active persons, or of the next few.
    @inline(__always)
    func somePerson(_ last: Int64, _ random: inout JavaRandom) -> Int64 {
        let count = last &+ 1
        let active = min(count, activePeople)
        return count &- active &+ Self.number(below: active &+ Self.lead, &random)
    }

    /// One of the open auctions, or of the next few.
    @inline(__always)
    func someAuction(_ last: Int64, _ random: inout JavaRandom) -> Int64 {
        let oldest = max(last &- inFlightAuctions, 0)
        return oldest &+ Self.number(below: last &- oldest &+ 1 &+ Self.lead, &random)
    }

    /// A number from 0 to `bound - 1`; as published, skewed for bounds of 31 bits and more.
    @inline(__always)
    static func number(below bound: Int64, _ random: inout JavaRandom) -> Int64 {
        if bound < Int64(Int32.max) {
            return Int64(random.nextInt32(below: Int32(truncatingIfNeeded: bound)))
        }
        return abs(random.nextInt64() % bound)
    }
}

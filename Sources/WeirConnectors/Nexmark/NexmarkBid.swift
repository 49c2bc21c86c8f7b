import WeirData

/// An offer for an item: 46 of 50 events.
public enum NexmarkBid: EventSchema {
    /// The auction.
    @inlinable
    public static var auction: Column<Int64> { .init(index: 0, id: 1, "auction") }

    /// The person who bids.
    @inlinable
    public static var bidder: Column<Int64> { .init(index: 1, id: 2, "bidder") }

    /// What is offered, in cents.
    @inlinable
    public static var price: Column<Int64> { .init(index: 2, id: 3, "price") }

    /// How the bidder came.
    @inlinable
    public static var channel: Column<StringView> { .init(index: 3, id: 4, "channel") }

    /// The page that the bidder came from.
    @inlinable
    public static var url: Column<StringView> { .init(index: 4, id: 5, "url") }

    /// When the bid was made: the event time.
    @inlinable
    public static var dateTime: Column<TimestampMilliseconds> { .init(index: 5, id: 6, "dateTime") }

    /// Filler.
    @inlinable
    public static var extra: Column<StringView> { .init(index: 6, id: 7, "extra") }

    /// The columns in the published order.
    public static let schema = Schema(
        of: auction,
        bidder,
        price,
        channel,
        url,
        dateTime,
        extra
    )
}

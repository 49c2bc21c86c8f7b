import WeirData

/// An item put up for sale: three of 50 events.
public enum NexmarkAuction: EventSchema {
    /// The auction.
    @inlinable
    public static var id: Column<Int64> { .init(index: 0, id: 1, "id") }

    /// What is sold.
    @inlinable
    public static var itemName: Column<StringView> { .init(index: 1, id: 2, "itemName") }

    /// More about it.
    @inlinable
    public static var description: Column<StringView> { .init(index: 2, id: 3, "description") }

    /// The lowest first bid, in cents.
    @inlinable
    public static var initialBid: Column<Int64> { .init(index: 3, id: 4, "initialBid") }

    /// The price below which it is not sold, in cents.
    @inlinable
    public static var reserve: Column<Int64> { .init(index: 4, id: 5, "reserve") }

    /// When the auction opened: the event time.
    @inlinable
    public static var dateTime: Column<TimestampMilliseconds> { .init(index: 5, id: 6, "dateTime") }

    /// When it closes.
    @inlinable
    public static var expires: Column<TimestampMilliseconds> { .init(index: 6, id: 7, "expires") }

    /// The person who sells.
    @inlinable
    public static var seller: Column<Int64> { .init(index: 7, id: 8, "seller") }

    /// The kind of item, 10 to 14.
    @inlinable
    public static var category: Column<Int64> { .init(index: 8, id: 9, "category") }

    /// Filler.
    @inlinable
    public static var extra: Column<StringView> { .init(index: 9, id: 10, "extra") }

    /// The columns in the published order.
    public static let schema = Schema(
        of: id,
        itemName,
        description,
        initialBid,
        reserve,
        dateTime,
        expires,
        seller,
        category,
        extra
    )
}

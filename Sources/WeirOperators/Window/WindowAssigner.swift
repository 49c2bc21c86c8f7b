import WeirCore

/// Which windows a row belongs to.
public enum WindowAssigner: Sendable, Hashable {
    /// Windows of one size, one behind the other.
    case tumblingMilliseconds(size: Int64, offset: Int64)
    /// Windows of one size that begin at equal distances.
    case slidingMilliseconds(size: Int64, slide: Int64, offset: Int64)
    /// A window for each burst of rows with no gap longer than this.
    case sessionMilliseconds(gap: Int64)
    /// One window for ever; needs a trigger.
    case global

    /// Windows of one size, one behind the other: `.tumbling(every: .minutes(1))`.
    public static func tumbling(every size: Duration, offset: Duration = .zero) -> WindowAssigner {
        .tumblingMilliseconds(size: size.milliseconds, offset: offset.milliseconds)
    }

    /// Windows that overlap: `.sliding(size: .hours(1), every: .seconds(1))`.
    public static func sliding(
        size: Duration,
        every slide: Duration,
        offset: Duration = .zero
    ) -> WindowAssigner {
        .slidingMilliseconds(
            size: size.milliseconds,
            slide: slide.milliseconds,
            offset: offset.milliseconds
        )
    }

    /// A window for each burst of rows: `.session(gap: .minutes(30))`.
    ///
    /// Rows of a key that are a gap apart, or less, are in one session, in whatever order they come.
    public static func session(gap: Duration) -> WindowAssigner {
        .sessionMilliseconds(gap: gap.milliseconds)
    }

    /// The sliced form, if the windows are aligned.
    var sliced: SlicedWindows? {
        switch self {
        case .tumblingMilliseconds(let size, let offset):
            SlicedWindows(size: size, slide: size, offset: offset)
        case .slidingMilliseconds(let size, let slide, let offset):
            SlicedWindows(size: size, slide: slide, offset: offset)
        case .sessionMilliseconds, .global: nil
        }
    }
}

extension Duration {
    /// So many minutes.
    public static func minutes(_ count: Int) -> Duration { .seconds(60 * count) }

    /// So many hours.
    public static func hours(_ count: Int) -> Duration { .seconds(3600 * count) }

    /// So many days.
    public static func days(_ count: Int) -> Duration { .seconds(86_400 * count) }
}

/// An entry of the error catalogue: a stable id and what its reader can do.
///
/// Ids never change their meaning; `ErrorCode+Catalogue.swift` lists them, and each has a test that
/// provokes it.
public struct ErrorCode: Hashable, Sendable {
    /// The stable id, such as `WR-CKPT-001`.
    public let id: String
    /// What the caller can do, unless the place that throws knows better.
    public let kind: WeirError.Kind

    /// Makes an entry; only the catalogue does.
    public init(_ id: String, _ kind: WeirError.Kind) {
        self.id = id
        self.kind = kind
    }
}

// swift-tools-version:6.2
import PackageDescription

/// The benchmarks are a package of their own that imports `Weir` as any user would, so that what they
/// measure is what users get across module borders.
let package = Package(
    name: "weir-benchmarks",
    products: [.executable(name: "bench", targets: ["Bench"])],
    dependencies: [
        .package(name: "weir", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    ],
    targets: [
        // In C, so that what the Swift compiler makes of a loop is no part of a limit.
        .target(name: "CLimits", linkerSettings: [.linkedLibrary("rocksdb")]),
        // Stands in for malloc in the whole process, and counts.
        .target(name: "CAllocations"),
        .executableTarget(
            name: "Bench",
            dependencies: [
                "CLimits",
                "CAllocations",
                .product(name: "Weir", package: "weir"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: [
                .swiftLanguageMode(.v6),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .treatAllWarnings(as: .error),
            ]
        ),
    ]
)

// swift-tools-version:6.2
import PackageDescription

/// What every Swift target is compiled with.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// What tests are compiled with: the optimiser would take longer than all tests together.
let quick = strict + [.unsafeFlags(["-Onone"])]

/// What programs for other machines are linked with: Swift's libraries are inside of them.
///
/// `--static-swift-stdlib` would do the same, and compile everything a second time for tests, which
/// cannot be linked so. The two libraries are named because only modules compiled for it name them.
let selfContained: [LinkerSetting] = [
    .unsafeFlags(["-static-stdlib", "-l_FoundationCollections", "-l_FoundationCShims"])
]

/// The module graph, lowest layer first: (module, what it may import).
///
/// `docs/architecture.md` draws it; `TidyTests` compares the two.
let modules: [(name: String, imports: [Target.Dependency])] = [
    ("WeirCore", []),

    ("WeirSystem", ["WeirCore", "CWeirSystem"]),
    ("WeirSimulation", ["WeirCore"]),
    ("WeirData", ["WeirCore", "CWeirIntrinsics"]),
    ("WeirRocksDB", ["WeirCore", "CRocksDB", "CWeirRocksDB"]),

    ("WeirSnapshot", ["WeirCore", "WeirData", "CWeirIntrinsics"]),

    ("WeirPlan", ["WeirCore", "WeirData"]),
    ("WeirState", ["WeirCore", "WeirData", "WeirSnapshot", "WeirRocksDB", "CWeirIntrinsics"]),

    ("WeirTransport", ["WeirCore", "WeirData", "CWeirIntrinsics"]),
    ("WeirOperators", ["WeirCore", "WeirData", "WeirPlan", "WeirSnapshot", "WeirState"]),
    ("WeirControl", ["WeirCore", "WeirData", "WeirPlan", "WeirSnapshot", "WeirTransport"]),

    (
        "WeirRuntime",
        [
            "WeirCore", "WeirData", "WeirPlan", "WeirSnapshot", "WeirState", "WeirTransport",
            "WeirOperators", "WeirControl",
        ]
    ),
    (
        "WeirJobManager",
        [
            "WeirCore", "WeirData", "WeirPlan", "WeirSnapshot", "WeirTransport", "WeirControl",
            "CWeirIntrinsics", .product(name: "Histogram", package: "hdrhistogram-swift"),
        ]
    ),
    ("WeirTaskManager", ["WeirCore", "WeirData", "WeirTransport", "WeirControl"]),
    (
        "WeirConnectors",
        ["WeirCore", "WeirData", "WeirPlan", "WeirSnapshot", "WeirOperators", "CWeirIntrinsics"]
    ),

    (
        "Weir",
        [
            "WeirCore", "WeirSystem", "WeirData", "WeirSnapshot", "WeirPlan", "WeirState",
            "WeirTransport", "WeirOperators", "WeirControl", "WeirRuntime", "WeirJobManager",
            "WeirConnectors",
        ]
    ),
    (
        "WeirREST",
        [
            "WeirCore", "COpenSSL",
            .product(name: "HTTPTypes", package: "swift-http-types"),
            .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "HummingbirdCore", package: "hummingbird"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            .product(name: "NIOPosix", package: "swift-nio"),
        ]
    ),
    (
        "WeirServer",
        ["WeirCore", "WeirPlan", "WeirSnapshot", "WeirControl", "WeirJobManager", "WeirREST"]
    ),
    ("WeirBench", ["Weir", "WeirCore", "CWeirIntrinsics"]),
    (
        "WeirTesting",
        [
            "Weir", "WeirCore", "WeirData", "WeirSimulation", "WeirSnapshot", "WeirPlan",
            "WeirState", "WeirTransport", "WeirOperators", "WeirControl", "WeirJobManager",
            "WeirTaskManager", "WeirConnectors",
        ]
    ),
]

/// What tests need beside the module that they test.
let testImports: [String: [Target.Dependency]] = [
    "WeirBench": ["WeirSimulation", "WeirTesting"],
    "WeirConnectors": ["WeirSystem", "WeirSimulation"],
    "WeirJobManager": ["WeirSimulation"],
    "WeirTaskManager": ["WeirSimulation"],
    "WeirRocksDB": ["WeirSystem"],
    "WeirOperators": ["WeirTesting", "WeirSimulation"],
    "WeirREST": ["WeirSystem"],
    "WeirServer": ["WeirSystem", "WeirSimulation", "WeirData"],
    "WeirSnapshot": ["WeirSystem"],
    "WeirSimulation": ["WeirSystem"],
    "WeirState": ["WeirSystem"],
    "WeirTesting": ["WeirSimulation", "WeirSystem"],
    "WeirTransport": ["WeirSystem"],
]

/// Folders of tests that hold data.
let testData: [String: [String]] = ["WeirREST": ["Golden"]]

let package = Package(
    name: "weir",
    products: [
        .library(name: "Weir", targets: ["Weir"]),
        .library(name: "WeirTesting", targets: ["WeirTesting"]),
        .executable(name: "weir", targets: ["WeirProgram"]),
        .executable(name: "flights", targets: ["Flights"]),
    ],
    traits: [
        .trait(name: "Sabotage", description: "Faults on purpose, for tests of the tests only.")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        // Without the trait that brings all of Foundation: the servers live with its essentials.
        .package(
            url: "https://github.com/hummingbird-project/hummingbird",
            from: "2.28.1",
            traits: []
        ),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
    ],
    targets: [
        .systemLibrary(
            name: "CRocksDB",
            pkgConfig: "rocksdb",
            providers: [.apt(["librocksdb-dev"])]
        ),
        .systemLibrary(
            name: "COpenSSL",
            pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"])]
        ),
        .target(name: "CWeirIntrinsics", linkerSettings: [.linkedLibrary("m")]),
        .target(name: "CWeirSystem"),
        .target(name: "CWeirRocksDB", dependencies: ["CRocksDB"]),
    ]
        + modules.map { .target(name: $0.name, dependencies: $0.imports, swiftSettings: strict) }
        + [
            .target(
                name: "WeirCommand",
                dependencies: [
                    "Weir", "WeirBench", "WeirREST", "WeirServer", "WeirTaskManager",
                    .product(name: "ArgumentParser", package: "swift-argument-parser"),
                ],
                swiftSettings: strict
            ),
            // Apart from its verbs: what tests link must not bring Swift's library a second time.
            .executableTarget(
                name: "WeirProgram",
                dependencies: ["Weir", "WeirBench", "WeirCommand", "WeirCore", "WeirSystem"],
                swiftSettings: strict,
                linkerSettings: selfContained
            ),
            .executableTarget(
                name: "SimulatorCampaign",
                dependencies: [
                    "WeirCore", "WeirTesting",
                    .product(name: "ArgumentParser", package: "swift-argument-parser"),
                ],
                path: "Tests/Faults/Simulator",
                swiftSettings: strict
            ),
            .executableTarget(
                name: "Flights",
                dependencies: ["Weir"],
                path: "Sources/Examples/Flights",
                swiftSettings: strict,
                linkerSettings: selfContained
            ),
        ]
        // Jobs that fault tests of real processes run.
        + ["Backpressure", "Neighbour"].map {
            .executableTarget(
                name: $0,
                dependencies: ["Weir"],
                path: "Tests/Faults/\($0)",
                swiftSettings: strict,
                linkerSettings: selfContained
            )
        }
        + modules.map {
            .testTarget(
                name: $0.name + "Tests",
                dependencies: [.byName(name: $0.name)] + (testImports[$0.name] ?? []),
                exclude: testData[$0.name] ?? [],
                swiftSettings: quick
            )
        }
        + [
            .testTarget(
                name: "WeirCommandTests",
                dependencies: [
                    "WeirCommand", "WeirREST", "WeirSimulation", "WeirSystem", "WeirTesting",
                ],
                swiftSettings: quick
            ),
            // Decoders meet hostile bytes: `Tests/Fuzz`, run by `WeirFuzzTests` and by a campaign.
            .target(name: "CFuzz", path: "Tests/Fuzz/CFuzz"),
            .executableTarget(
                name: "WeirFuzz",
                dependencies: [
                    "CFuzz", "CWeirIntrinsics", "WeirConnectors", "WeirControl", "WeirCore",
                    "WeirData", "WeirJobManager", "WeirOperators", "WeirPlan", "WeirREST",
                    "WeirRuntime", "WeirSnapshot", "WeirSystem", "WeirTaskManager",
                    "WeirTransport",
                ],
                path: "Tests/Fuzz/WeirFuzz",
                swiftSettings: strict
            ),
            .testTarget(
                name: "WeirFuzzTests",
                dependencies: ["WeirCore", "WeirSystem"],
                swiftSettings: quick
            ),
            .testTarget(
                name: "TidyTests",
                exclude: ["exceptions.txt", "unprovoked-codes.txt", "unsafe-allowed.txt"],
                swiftSettings: quick
            ),
        ],
    cxxLanguageStandard: .cxx17
)

#!/usr/bin/env python3
"""Which lines of the decoders the fuzzer reaches: builds it with counters, runs it, prints a line per file.

  decoder_coverage.py --scratch DIR [--inputs 20000] [--seed 1]

The build goes to a directory of its own, and takes as long as a first build. Lines that only the encoder
beside a decoder has are counted too: the fuzzer encodes again what it decoded.
"""

import argparse
import json
import os
import subprocess
import sys

# What takes bytes or text apart that others made.
DECODERS = [
    "Sources/WeirCore/Settings/ByteCount.swift",
    "Sources/WeirCore/Settings/Duration+Text.swift",
    "Sources/WeirCore/Settings/Quantity.swift",
    "Sources/WeirCore/Settings/SettingsFile.swift",
    "Sources/WeirData/Codec/BatchCodec.swift",
    "Sources/WeirData/Codec/BatchCodec+Decode.swift",
    "Sources/WeirData/Codec/BatchCodec+Parts.swift",
    "Sources/WeirData/Codec/ByteReader.swift",
    "Sources/WeirData/Codec/KeyCodec.swift",
    "Sources/WeirData/Codec/KeyCodec+Decode.swift",
    "Sources/WeirData/Codec/RowCodec.swift",
    "Sources/WeirData/Codec/SchemaCodec.swift",
    "Sources/WeirData/Codec/ValueCodec.swift",
    "Sources/WeirData/Text/DecimalText.swift",
    "Sources/WeirData/Text/TemporalText.swift",
    "Sources/WeirTransport/Wire/ElementCodec.swift",
    "Sources/WeirTransport/Wire/FrameHeader.swift",
    "Sources/WeirTransport/Wire/FrameReader.swift",
    "Sources/WeirTransport/Remote/DataHandshake.swift",
    "Sources/WeirControl/Messages/ByteWriter+Control.swift",
    "Sources/WeirControl/Messages/ControlMessage.swift",
    "Sources/WeirControl/Messages/Deployment.swift",
    "Sources/WeirControl/Messages/TaskManagerCommand.swift",
    "Sources/WeirControl/Messages/TaskManagerReport.swift",
    "Sources/WeirControl/Messages/WorkerCommand.swift",
    "Sources/WeirControl/Messages/WorkerReport.swift",
    "Sources/WeirControl/Messages/WorkerStanding.swift",
    "Sources/WeirControl/Task/TaskEvent+Codec.swift",
    "Sources/WeirControl/Restore/SnapshotMatch.swift",
    "Sources/WeirJobManager/Cluster/JobSubmission+Codec.swift",
    "Sources/WeirJobManager/Directory/JobRecord.swift",
    "Sources/WeirPlan/StreamGraph.swift",
    "Sources/WeirPlan/StreamGraph+Codec.swift",
    "Sources/WeirSnapshot/Checkpoints/CheckpointNames.swift",
    "Sources/WeirSnapshot/Manifest/ByteReader.swift",
    "Sources/WeirSnapshot/Manifest/CheckpointManifest+Decode.swift",
    "Sources/WeirSnapshot/Manifest/TaskSnapshot+Codec.swift",
    "Sources/WeirSnapshot/Segment/SegmentBlock.swift",
    "Sources/WeirSnapshot/Segment/SegmentCursor.swift",
    "Sources/WeirSnapshot/Segment/SegmentLayout.swift",
    "Sources/WeirSnapshot/Segment/SegmentReader.swift",
    "Sources/WeirSnapshot/Store/StoreName.swift",
    "Sources/WeirRuntime/Checkpoint/StateEntryCodec.swift",
    "Sources/WeirRuntime/Restore/RestoredJob.swift",
    "Sources/WeirConnectors/File/Sink/OutputClaim.swift",
    "Sources/WeirConnectors/File/Sink/PartName.swift",
    "Sources/WeirConnectors/File/Sink/PendingPart.swift",
    "Sources/WeirConnectors/File/Source/FileSplit.swift",
    "Sources/WeirConnectors/Generators/GeneratorSplit.swift",
    "Sources/WeirConnectors/Generators/SplitStateCoder.swift",
    "Sources/WeirConnectors/Formats/Base64Text.swift",
    "Sources/WeirConnectors/Formats/CSV/CSVRecordDecoder.swift",
    "Sources/WeirConnectors/Formats/CSV/CSVScanner.swift",
    "Sources/WeirConnectors/Formats/FieldPlan.swift",
    "Sources/WeirConnectors/Formats/FieldPlan+Text.swift",
    "Sources/WeirConnectors/Formats/JSON/JSONKeyTable.swift",
    "Sources/WeirConnectors/Formats/JSON/JSONNested.swift",
    "Sources/WeirConnectors/Formats/JSON/JSONRecordDecoder.swift",
    "Sources/WeirConnectors/Formats/JSON/JSONRecordDecoder+Record.swift",
    "Sources/WeirConnectors/Formats/JSON/JSONScanner.swift",
    "Sources/WeirConnectors/Formats/JSON/JSONScanner+Escapes.swift",
    "Sources/WeirConnectors/Formats/JSON/JSONValueDecoder.swift",
    "Sources/WeirConnectors/Formats/NumberText.swift",
    "Sources/WeirConnectors/Formats/UTF8Text.swift",
    "Sources/WeirREST/JSON/BodyFields.swift",
    "Sources/WeirREST/JSON/JSONReader.swift",
    "Sources/WeirREST/Server/PercentCoding.swift",
    "Sources/WeirREST/Upload/HeaderParameters.swift",
    "Sources/WeirREST/Upload/MultipartReader.swift",
]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--scratch", required=True, help="a directory for the build and the counters")
    parser.add_argument("--inputs", type=int, default=20_000, help="for each decoder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-build", action="store_true", help="the program is there already")
    return parser.parse_args()


def main():
    options = arguments()
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    build = ["swift", "build", "-c", "release", "--product", "WeirFuzz", "--scratch-path", options.scratch,
             "-Xswiftc", "-profile-generate", "-Xswiftc", "-profile-coverage-mapping"]
    if not options.no_build:
        subprocess.run(build, cwd=root, check=True)
    program = os.path.join(options.scratch, "release", "WeirFuzz")
    raw = os.path.join(options.scratch, "fuzz.profraw")
    merged = os.path.join(options.scratch, "fuzz.profdata")
    environment = dict(os.environ, LLVM_PROFILE_FILE=raw)
    run = subprocess.run(
        [program, "--seed", str(options.seed), "--inputs", str(options.inputs)], env=environment)
    if run.returncode != 0:
        sys.exit("the fuzzer found something")
    subprocess.run(["llvm-profdata", "merge", "-o", merged, raw], check=True)
    exported = subprocess.run(
        ["llvm-cov", "export", "-summary-only", "-instr-profile", merged, program],
        capture_output=True, text=True, check=True)
    found = {}
    for file in json.loads(exported.stdout)["data"][0]["files"]:
        index = file["filename"].find("Sources/Weir")
        if index >= 0:
            found[file["filename"][index:]] = file["summary"]["lines"]
    reached = lines = 0
    for name in DECODERS:
        if not os.path.exists(os.path.join(root, name)):
            sys.exit(f"{name} is not there any more")
        summary = found.get(name, {"covered": 0, "count": 0, "percent": 0})
        reached += summary["covered"]
        lines += summary["count"]
        print(f"{summary['percent']:6.1f} %  {summary['covered']:4} of {summary['count']:4}  {name}")
    total = 100 * reached / lines
    print(f"{total:6.1f} %  {reached} of {lines} lines of {len(DECODERS)} files, "
          f"{options.inputs} inputs of seed {options.seed} for each decoder")
    sys.exit(0 if total >= 90 else 1)


if __name__ == "__main__":
    main()

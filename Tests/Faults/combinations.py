#!/usr/bin/env python3
"""The main job in every combination of parallelism, chaining, batch capacity and memory.

Each run's committed output is compared with the oracle: 0 missing, 0 duplicate, 0 extra.

    python3 Tests/Faults/combinations.py --program .build/release/flights \\
        --input "$(deploy/data/unpack)" --work /tmp/combinations
"""

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import time

import flights_oracle
from kill_campaign import Job, compare


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the flights executable")
    parser.add_argument("--input", required=True, help="the unpacked flights and weather")
    parser.add_argument("--work", required=True, help="a directory of the campaign's own")
    parser.add_argument("--disorder", type=float, default=24.0, help="bound of disorder in hours")
    parser.add_argument("--memory", nargs="+", default=["1g", "16m"], help="budgets (1g 16m)")
    parser.add_argument("--parallelism", nargs="+", type=int, default=[1, 2, 4])
    parser.add_argument("--chaining", nargs="+", default=["true", "false"])
    parser.add_argument("--capacity", nargs="+", type=int, default=[1024, 64, 1])
    return parser.parse_args()


def run(options, expected, number, memory, parallelism, chaining, capacity):
    job = Job(options, f"run-{number}")
    command = [
        options.program, "--data", job.data, "--checkpoint-interval", "200ms",
        "--parallelism", str(parallelism), "--memory", memory,
        "-D", f"pipeline.operator-chaining.enabled={chaining}",
        "-D", f"execution.batch-capacity={capacity}",
        "--", "--input", options.input, "--output", job.output,
        "--disorder", str(options.disorder),
    ]
    begin = time.monotonic()
    with open(os.path.join(options.work, "job.log"), "ab") as log:
        code = subprocess.run(command, stdout=log, stderr=log).returncode
    print(
        f"memory {memory} parallelism {parallelism} chaining {chaining} capacity {capacity}: "
        f"exit code {code} after {time.monotonic() - begin:.1f} s", flush=True)
    errors = compare(expected, job.committed()) + abs(code)
    shutil.rmtree(job.data, ignore_errors=True)
    shutil.rmtree(job.output, ignore_errors=True)
    return errors


def main():
    options = arguments()
    os.makedirs(options.work, exist_ok=True)
    expected, _ = flights_oracle.results(options.input, int(options.disorder * 3_600_000))
    choices = list(itertools.product(
        options.memory, options.parallelism, options.chaining, options.capacity))
    errors = sum(run(options, expected, number, *choice) for number, choice in enumerate(choices))
    print(f"{len(choices)} combinations  errors: {errors}")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())

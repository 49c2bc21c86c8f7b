#!/usr/bin/env python3
"""Runs a job whose sink has one percent of the job's speed: memory, checkpoints, and what comes of them.

The job's capacity is measured first. Then it runs for some minutes with a sink that takes a hundred
times as long, over two task managers; after two thirds of that a worker is killed. Every checkpoint
must complete within five seconds (past the aligned timeout barriers overtake rows), and memory must stay flat: the workers together
must not use more in the last third than in the second, but for a twentieth and 16 MiB. Then the job is
cancelled and goes on from its newest checkpoint at another parallelism, to its end. Its output must be
exact: of each key the numbers 1, 2, 3 ... once each.

  backpressure.py --weir PATH --program PATH --work DIR [--seconds 180]
"""

import argparse
import collections
import os
import random
import shutil
import signal
import sys
import time
import types

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cluster_kills

KEYS = 1000
LONGEST_CHECKPOINT = 5000
PARALLELISM = 4
NEXT_PARALLELISM = 2


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--weir", required=True, help="the weir executable")
    parser.add_argument("--program", required=True, help="the executable Backpressure")
    parser.add_argument("--work", required=True, help="a directory of the test's own")
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--percent", type=float, default=1, help="the sink's speed, of the job's capacity")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Cluster(cluster_kills.Cluster):
    def __init__(self, options):
        super().__init__(types.SimpleNamespace(weir=options.weir, work=options.work, taskmanagers=2, slots=2))
        self.program = options.program

    def run(self, output, rows, nanoseconds, parallelism, *more):
        return self.weir("submit", self.program, "--detach", "--jobmanager", f"http://{self.rest}",
                         "--parallelism", str(parallelism), "-D", "execution.checkpointing.interval=1s",
                         "-D", "state.checkpoints.num-retained=3", *more,
                         "--", "--output", output, "--rows", str(rows), "--keys", str(KEYS),
                         "--nanoseconds", str(nanoseconds)).strip()

    def end(self, job, limit=600):
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            details = self.job(job)
            if details and details["state"] in cluster_kills.TERMINAL:
                return details["state"]
            time.sleep(0.05)
        return "RUNNING"

    def cancel(self, job):
        self.weir("cancel", job, "--jobmanager", f"http://{self.rest}")

    def memory(self):
        """Resident bytes of all workers."""
        total = 0
        for pid in self.workers():
            try:
                with open(f"/proc/{pid}/statm") as file:
                    total += int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            except OSError:
                pass
        return total


def capacity(cluster, work):
    """Rows a second of the job with a fast sink."""
    rows = 4_000_000
    begin = time.monotonic()
    state = cluster.end(cluster.run(os.path.join(work, "capacity"), rows, 0, PARALLELISM))
    seconds = time.monotonic() - begin
    if state != "FINISHED":
        raise RuntimeError(f"the job with a fast sink is {state}")
    shutil.rmtree(os.path.join(work, "capacity"))
    return rows / seconds


def watch(cluster, job, seconds, chance):
    """Runs the slow job; samples of memory with their times, and the checkpoints by id."""
    samples, checkpoints, failed, has_killed = [], {}, 0, False
    begin = time.monotonic()
    while (passed := time.monotonic() - begin) < seconds:
        time.sleep(0.5)
        if not has_killed and passed > seconds * 2 / 3:
            os.kill(chance.choice(cluster.workers()), signal.SIGKILL)
            has_killed = True
            # What was in flight is lost with it: a time of its own.
            time.sleep(5)
        samples.append((passed / seconds, cluster.memory()))
        answer = cluster.ask(f"/jobs/{job}/checkpoints")
        for entry in answer["history"] if answer else []:
            if entry["status"] == "COMPLETED":
                checkpoints[entry["id"]] = entry["end_to_end_duration"]
        failed = answer["counts"]["failed"] if answer else failed
    return samples, checkpoints, failed, cluster.job(job)["state"]


def judge(output, rows):
    """Missing, duplicate and extra rows of the committed files."""
    found = collections.Counter()
    for place, _, names in os.walk(output):
        for name in names:
            if name.startswith((".", "_")):
                continue
            with open(os.path.join(place, name)) as file:
                for line in file:
                    if line[0].isdigit():
                        found[line.rstrip()] += 1
    duplicate = sum(count - 1 for count in found.values())
    missing = 0
    for key in range(KEYS):
        for number in range(1, (rows - key + KEYS - 1) // KEYS + 1):
            if found.pop(f"{key},{number}", 0) == 0:
                missing += 1
    return missing, duplicate, sum(found.values())


def main():
    options = arguments()
    chance = random.Random(options.seed)
    shutil.rmtree(options.work, ignore_errors=True)
    os.makedirs(options.work)
    errors = []
    cluster = Cluster(options)
    cluster.start()
    try:
        most = capacity(cluster, options.work)
        speed = most * options.percent / 100
        nanoseconds = round(1e9 * PARALLELISM / speed)
        rows = round(speed * options.seconds * 1.5)
        print(f"capacity {most:.0f} rows/s; the sink takes {nanoseconds} ns a row: {speed:.0f} rows/s; "
              f"{rows} rows", flush=True)
        output = os.path.join(options.work, "output")
        job = cluster.run(output, rows, nanoseconds, PARALLELISM)
        samples, checkpoints, failed, state = watch(cluster, job, options.seconds, chance)
        durations = sorted(checkpoints.values())
        print(f"checkpoints: {len(durations)} complete, {failed} failed; end to end {durations[0]} .. "
              f"{durations[-1]} ms, median {durations[len(durations) // 2]}")
        if state != "RUNNING":
            errors.append(f"the slow job is {state}")
        if durations[-1] > LONGEST_CHECKPOINT:
            errors.append("a checkpoint took too long")
        if len(durations) < options.seconds / 10:
            errors.append("there were few checkpoints")
        thirds = [[bytes for share, bytes in samples if third <= share * 3 < third + 1] for third in range(3)]
        highest = [max(third) for third in thirds]
        print("highest memory of the workers, MiB, by thirds of the time: "
              + ", ".join(f"{value / 2**20:.1f}" for value in highest))
        if highest[2] > highest[1] * 1.05 + (16 << 20):
            errors.append("memory grew")
        cluster.cancel(job)
        begin = time.monotonic()
        directory = os.path.join(cluster.data, "jobmanager", "jobs", job, "checkpoints")
        job = cluster.run(output, rows, 0, NEXT_PARALLELISM, "--from", directory)
        state = cluster.end(job)
        print(f"from its newest checkpoint at parallelism {NEXT_PARALLELISM}: {state} after "
              f"{time.monotonic() - begin:.1f} s")
        if state != "FINISHED":
            errors.append(f"the job that went on is {state}")
        missing, duplicate, extra = judge(output, rows)
        print(f"rows: {missing} missing, {duplicate} duplicate, {extra} extra of {rows}")
        if missing or duplicate or extra:
            errors.append("the output is not exact")
    finally:
        cluster.stop()
    print(f"errors: {len(errors)} {errors if errors else ''}".rstrip())
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())

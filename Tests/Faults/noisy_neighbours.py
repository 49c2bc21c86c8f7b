#!/usr/bin/env python3
"""Runs a job beside one that traps, spins or allocates without end, on one task manager.

The first job is `weir bench`'s probe, which notes when each result came; its p99 is compared with that
of runs in which a bare loop takes the place of the other job. It must not be started again once, and
its p99 must stay below so many times that of the bare loop. What became of the other job is printed
as well: three crashes end it, too much memory ends its worker, and one that spins is told of.

  noisy_neighbours.py --weir PATH --neighbour PATH --work DIR [--seconds 20] [--rounds 3]
"""

import argparse
import os
import shutil
import struct
import subprocess
import sys
import time
import types

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cluster_kills

BEHAVIOURS = ["trap", "spin", "allocate"]
LIMIT = 1.5
BARE_LOOP = "while True: pass"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--weir", required=True, help="the weir executable")
    parser.add_argument("--neighbour", required=True, help="the executable Neighbour")
    parser.add_argument("--work", required=True, help="a directory of the test's own")
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="each measures the bare loop and all three")
    parser.add_argument("--rate", type=int, default=20_000, help="rows a second of the first job")
    return parser.parse_args()


class Cluster(cluster_kills.Cluster):
    """One task manager with two slots, one for each job."""

    def __init__(self, options):
        super().__init__(types.SimpleNamespace(weir=options.weir, work=options.work, taskmanagers=1, slots=2))

    def start(self):
        self.weir("cluster", "start", "--data", self.data, "--rest", self.rest, "--rpc", self.rpc,
                  "--taskmanagers", "1", "--slots", "2", "--memory", "1g", "--output", "json")

    def run(self, program, *job_arguments):
        return self.weir("submit", program, "--detach", "--jobmanager", f"http://{self.rest}",
                         "--parallelism", "1", "-D", "execution.checkpointing.interval=1s",
                         "--", *job_arguments).strip()

    def wait(self, job, state):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            details = self.job(job)
            if details and details["state"] == state:
                return
            time.sleep(0.02)
        raise RuntimeError(f"job {job} did not come to {state}: {details and details['state']}")

    def cancel(self, job):
        self.weir("cancel", job, "--jobmanager", f"http://{self.rest}")

    def restores(self, job):
        counts = self.ask(f"/jobs/{job}/checkpoints")["counts"]
        return counts["restored"]

    def notices(self, job):
        return str(self.ask(f"/weir/jobs/{job}/notices"))


def delays(directory, since, until):
    """Nanoseconds by which results came late, of those that came between two moments."""
    found = []
    for name in os.listdir(directory):
        with open(os.path.join(directory, name), "rb") as file:
            data = file.read()
        place = 0
        while place < len(data):
            kind = data[place]
            if kind == 1:
                at, _, _, count = struct.unpack_from("<qqqI", data, place + 1)
                place += 29
                if since <= at < until:
                    found += struct.unpack_from(f"<{count}q", data, place)
                place += 8 * count
            elif kind == 2:
                place += 17
            else:
                raise RuntimeError(f"{name}: byte {kind} at {place}")
    return sorted(found)


def percentile(values, share):
    return values[min(len(values) - 1, int(share * len(values)))] / 1e6


def measure(options, round_number, beside):
    """Runs the first job beside something; p50 and p99 in ms, its restores, and what the other came to."""
    work = os.path.join(options.work, f"{round_number}-{beside}")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    cluster = Cluster(types.SimpleNamespace(weir=options.weir, work=work))
    cluster.start()
    loop = None
    try:
        log = os.path.join(work, "log")
        first = cluster.run(options.weir, "--query", "counts", "--keys", "1000", "--rate", str(options.rate),
                            "--log", log, "--log-rows", "true")
        cluster.wait(first, "RUNNING")
        time.sleep(2)
        other = None
        if beside == "bare loop":
            loop = subprocess.Popen([sys.executable, "-c", BARE_LOOP])
        else:
            other = cluster.run(options.neighbour, "--behaviour", beside)
        # It begins to misbehave after two seconds of its own.
        time.sleep(3)
        since = time.monotonic_ns()
        time.sleep(options.seconds)
        until = time.monotonic_ns()
        restores = cluster.restores(first)
        state, told = None, ""
        if other:
            state = cluster.job(other)["state"]
            told = cluster.notices(other)
            if state not in cluster_kills.TERMINAL:
                cluster.cancel(other)
        running = cluster.job(first)["state"]
        cluster.cancel(first)
        values = delays(log, since, until)
    finally:
        if loop:
            loop.kill()
            loop.wait()
        cluster.stop()
    if running != "RUNNING" or not values:
        raise RuntimeError(f"the first job is {running}, with {len(values)} results")
    return {"beside": beside, "p50": percentile(values, 0.5), "p99": percentile(values, 0.99),
            "restores": restores, "state": state, "told": told}


def expectation(found):
    """Whether the other job came to what it should; why not."""
    if found["beside"] == "trap" and (found["state"] != "FAILED" or "on purpose" not in found["told"]):
        return f"it is {found['state']}, not FAILED with the trap's text"
    # It is ended each time, and may complete a checkpoint between.
    if found["beside"] == "allocate" and "WR-CLUSTER-012" not in found["told"]:
        return "nobody was told that it takes too much memory"
    if found["beside"] == "spin" and "has been in one step" not in found["told"]:
        return "nobody was told that it spins"
    return None


def main():
    options = arguments()
    errors, table = 0, {}
    for number in range(options.rounds):
        for beside in ["bare loop", *BEHAVIOURS]:
            found = measure(options, number, beside)
            table.setdefault(beside, []).append(found["p99"])
            wrong = expectation(found)
            errors += found["restores"] + (1 if wrong else 0)
            print(f"round {number}, beside {beside}: p50 {found['p50']:.2f} ms, p99 {found['p99']:.2f} ms, "
                  f"{found['restores']} restores; the other: {found['state']}"
                  + (f" WRONG: {wrong}\n{found['told']}" if wrong else ""), flush=True)
    median = {beside: sorted(values)[len(values) // 2] for beside, values in table.items()}
    for beside in BEHAVIOURS:
        ratio = median[beside] / median["bare loop"]
        met = ratio <= LIMIT
        print(f"p99 beside {beside}, of that beside a bare loop: {ratio:.2f} (goal <= {LIMIT})"
              + ("" if met else " MISSED"))
    print(f"errors (restores, unexpected ends): {errors}")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())

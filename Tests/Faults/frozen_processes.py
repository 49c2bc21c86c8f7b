#!/usr/bin/env python3
"""Freezes processes of a local cluster for longer than any lease, and lets them go on.

Two job managers agree by etcd which of them leads. Each run submits the main job and, while its records
flow, freezes (SIGSTOP) the leader, a worker, a task manager, or a task manager with its workers, for ten
seconds, in which they are replaced, and then lets them go on (SIGCONT); or kills the leader with `kill -9`.

What comes of those that went on is counted. A leader: does it end by itself, does it write anything
(what a leader writes, it first makes in a place of its own)? Tasks: do files of their attempt come into the store
after they were replaced, and does a checkpoint that completes then name one? When the job has finished, its committed
files must equal the oracle's multisets: 0 missing, 0 duplicate, 0 extra. All along, the files of the newest complete
checkpoint must be there.

  frozen_processes.py --weir PATH --program PATH --input DIR --work DIR --runs 10 --seed 1
"""

import argparse
import glob
import json
import os
import random
import shutil
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import checkpoints_on_disk
import cluster_kills
import flights_oracle
from etcd import Etcd

FAULTS = ["leader-frozen", "worker-frozen", "taskmanager-frozen", "both-frozen", "leader-killed"]
# Seconds of a freeze: longer than all leases, which last three.
FREEZE = 10
# Seconds in which those that go on are looked at.
AFTER = 4
LONGEST = 300


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--weir", required=True, help="the weir executable")
    parser.add_argument("--program", required=True, help="the flights executable")
    parser.add_argument("--input", required=True, help="the unpacked flights and weather")
    parser.add_argument("--work", required=True, help="a directory of the campaign's own")
    parser.add_argument("--etcd", default="etcd", help="the etcd executable")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fault", action="append", choices=FAULTS, help="only this one; may be repeated")
    parser.add_argument("--disorder", type=float, default=24.0, help="bound of disorder in hours")
    parser.add_argument("--speed", type=float, default=1_200_000, help="pace of the job")
    parser.add_argument("--taskmanagers", type=int, default=3)
    parser.add_argument("--slots", type=int, default=2)
    return parser.parse_args()


class Watch(threading.Thread):
    """Looks all along whether the files of the newest complete checkpoint are there."""

    def __init__(self, directory):
        super().__init__(daemon=True)
        self.directory = directory
        self.problems = set()
        self.looks = 0
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.05):
            self.looks += 1
            self.problems.update(checkpoints_on_disk.missing(self.directory))

    def end(self):
        self.over.set()
        self.join()
        return sorted(self.problems)


def epochs(cluster, job):
    """Epochs of the leaders that have a place in the job's directory."""
    places = glob.glob(os.path.join(cluster.data, "jobmanager", "jobs", job, ".leader-*"))
    return {int(place.rsplit("-", 1)[1]) for place in places}


def parents(pids):
    """The parents of processes, of those that live."""
    found = {}
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat") as file:
                found[pid] = int(file.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            pass
    return found


def send(pids, number):
    """Sends a signal to processes; how many of them there still are."""
    sent = 0
    for pid in pids:
        try:
            os.kill(pid, number)
            sent += 1
        except ProcessLookupError:
            pass
    return sent


def victims(cluster, chance, fault):
    """Ids of the processes that are to be frozen."""
    workers = parents(cluster.workers())
    if fault == "worker-frozen":
        return [chance.choice(sorted(workers))] if workers else []
    manager = chance.choice(sorted(set(workers.values()))) if workers else None
    if manager is None:
        return []
    own = [pid for pid, parent in workers.items() if parent == manager]
    return [manager] + (own if fault == "both-frozen" else [])


def leader_fault(cluster, job, fault, record, deadline):
    """Freezes or kills the leader; notes what came of it."""
    name, pid = cluster.leader()
    former = epochs(cluster, job)
    said = len(cluster.log(name))
    begin = time.monotonic()
    os.kill(pid, signal.SIGKILL if fault == "leader-killed" else signal.SIGSTOP)
    while time.monotonic() < deadline:
        other = cluster.leader()
        # The one that was killed may lead again, as another process.
        if other and other != (name, pid) and cluster.job(job):
            break
        time.sleep(0.02)
    record["takeover"] = round(time.monotonic() - begin, 2)
    if fault == "leader-killed":
        return
    time.sleep(max(0, begin + FREEZE - time.monotonic()))
    record["continued"] = send([pid], signal.SIGCONT)
    end = time.monotonic() + AFTER
    stale = set()
    while time.monotonic() < end:
        stale |= epochs(cluster, job) & former
        time.sleep(0.005)
    record["accepted"] = len(stale)
    record["deposed"] = "WR-CLUSTER-010" in cluster.log(name)[said:]
    record["gone"] = cluster.members().get(name) != pid
    if stale or not record["deposed"] or not record["gone"]:
        print(f"run {record['run']}: the leader that went on: {record}")
        record["errors"] += 1


def task_fault(cluster, job, fault, chance, record, directory):
    """Freezes tasks; notes what came into the store of them afterwards."""
    pids = victims(cluster, chance, fault)
    send(pids, signal.SIGSTOP)
    time.sleep(FREEZE)
    before = checkpoints_on_disk.files(directory)
    known = set(checkpoints_on_disk.complete(directory))
    replaced = max((a for a in before.values() if a), default=0)
    record["frozen"] = len(pids)
    # A worker that is silent for too long is ended where it stands, and does not go on.
    record["continued"] = send(pids, signal.SIGCONT)
    late, named = set(), set()
    end = time.monotonic() + AFTER
    while time.monotonic() < end:
        now = checkpoints_on_disk.files(directory)
        late |= {name for name, a in now.items() if a and a < replaced and name not in before}
        for number in set(checkpoints_on_disk.complete(directory)) - known:
            named |= late & set(checkpoints_on_disk.files_of(directory, number) or [])
        time.sleep(0.02)
    record["late"] = len(late)
    record["accepted"] = len(named)
    record["attempt"] = replaced
    if named:
        print(f"run {record['run']}: a checkpoint names what came too late: {sorted(named)}")
        record["errors"] += len(named)


def one_run(cluster, options, number, expected):
    chance = random.Random(options.seed * 1_000_003 + number)
    faults = options.fault or FAULTS
    fault = faults[number % len(faults)]
    job = f"{options.seed:016x}{number:016x}"
    output = os.path.join(options.work, f"results-{number}")
    directory = os.path.join(cluster.data, "jobmanager", "jobs", job, "checkpoints")
    begin = time.monotonic()
    deadline = begin + LONGEST
    record = {"run": number, "fault": fault, "errors": 0}
    cluster.submit(job, output, chance.randint(1, 4))
    if not cluster_kills.running(cluster, job, deadline):
        raise RuntimeError(f"run {number}: the job does not run")
    watch = Watch(directory)
    watch.start()
    time.sleep(chance.uniform(1, 4))
    if fault.startswith("leader"):
        leader_fault(cluster, job, fault, record, deadline)
    else:
        task_fault(cluster, job, fault, chance, record, directory)
    cluster_kills.finish(cluster, options, job, output, expected, record, begin, deadline)
    problems = watch.end()
    record["looks"] = watch.looks
    for problem in problems[:5]:
        print(f"run {number}: {problem}")
    record["errors"] += len(problems)
    print(json.dumps(record), flush=True)
    if record["errors"] == 0:
        shutil.rmtree(output)
        shutil.rmtree(os.path.dirname(directory), ignore_errors=True)
    return record


def campaign(options):
    os.makedirs(options.work, exist_ok=True)
    print(f"seed {options.seed}: {options.runs} runs", flush=True)
    expected, _ = flights_oracle.results(options.input, int(options.disorder * 3_600_000))
    done = []
    with Etcd(os.path.join(options.work, "etcd"), options.etcd) as etcd:
        cluster = cluster_kills.Cluster(options, jobmanagers=2, ha=etcd.url("campaign"))
        cluster.start()
        try:
            for number in range(options.runs):
                done.append(one_run(cluster, options, number, expected))
        finally:
            cluster.stop()
    return done


def report(done):
    for fault in FAULTS:
        runs = [entry for entry in done if entry["fault"] == fault]
        if not runs:
            continue
        seconds = sorted(entry["takeover"] for entry in runs if "takeover" in entry)
        print(f"{fault:20} runs {len(runs):3}  processes that went on "
              f"{sum(entry.get('continued', 0) for entry in runs):3}  of theirs accepted "
              f"{sum(entry.get('accepted', 0) for entry in runs)}"
              + (f"  another one led after {seconds[0]} … {seconds[-1]} s" if seconds else ""))
    errors = sum(entry["errors"] for entry in done)
    print(f"errors (missing, duplicate, extra, accepted, not deposed, files gone, not finished): {errors}",
          flush=True)
    return errors


if __name__ == "__main__":
    sys.exit(1 if report(campaign(arguments())) else 0)

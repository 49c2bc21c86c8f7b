#!/usr/bin/env python3
"""Ends the job manager at named fail points, in each state that a job can be in, and looks what follows.

The build with the package trait `Sabotage` knows places (`Sources/WeirCore/FailPoint.swift`) at which a
job manager ends its process as `kill -9` does when a file says so. Each round takes one job through all
of them: while it starts, checkpoints, cleans up, restarts (a worker is killed), is rescaled and is
cancelled; then another job goes on from its newest checkpoint, to the end, and the committed files must
equal the oracle's.

Must not be: that a job which has a checkpoint starts without one; that a file of the newest complete
checkpoint, or of a savepoint, is gone; any difference from the oracle; a point that was never reached.

  fail_points.py --weir PATH --program PATH --input DIR --work DIR --rounds 5 [--jobmanagers 2]

With two job managers and more, an etcd is started, and whoever stands by goes on.
"""

import argparse
import collections
import os
import random
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import checkpoints_on_disk
import cluster_kills
import flights_oracle
from etcd import Etcd
from frozen_processes import Watch

STARTING = ["starting-prepared", "starting-recorded", "starting-numbered", "starting-chosen",
            "starting-deployed"]
CHECKPOINTING = ["checkpointing-triggered", "checkpointing-answered", "checkpointing-published",
                 "checkpointing-completed"]
CLEANING = ["cleaning-began", "cleaning-markers", "cleaning-manifests", "cleaning-files", "cleaning-copied"]
RESTARTING = ["restarting-cancelling", "restarting-numbered", "restarting-chosen", "restarting-deployed"]
RESCALING = ["rescaling-asked", "rescaling-ready", "rescaling-decided", "rescaling-recorded"]
# In this order: each leader fulfils the wish anew, and comes a little further.
CANCELLING = ["cancelling-asked", "cancelling-recorded", "cancelling-told", "cleaning-scratch",
              "cancelling-ended", "cancelling-end-recorded"]
POINTS = STARTING + CHECKPOINTING + CLEANING + RESTARTING + RESCALING + CANCELLING
# Seconds in which a point must be reached, and a job must run again.
PATIENCE = 60
# Deaths in a row after which the supervisor is given time: it starts what dies at once ever later.
QUICK = 4
WENT_ON = re.compile(r"going on from checkpoint|the tasks of attempt \d+ go on")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--weir", required=True, help="the weir executable, with the trait Sabotage")
    parser.add_argument("--program", required=True, help="the flights executable")
    parser.add_argument("--input", required=True, help="the unpacked flights and weather")
    parser.add_argument("--work", required=True, help="a directory of the campaign's own")
    parser.add_argument("--etcd", default="etcd", help="the etcd executable")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobmanagers", type=int, default=1)
    parser.add_argument("--disorder", type=float, default=24.0, help="bound of disorder in hours")
    parser.add_argument("--speed", type=float, default=150_000, help="pace of the job until it is cancelled")
    parser.add_argument("--taskmanagers", type=int, default=2)
    parser.add_argument("--slots", type=int, default=2)
    return parser.parse_args()


class Round:
    """One job, from its submission to the end of the one that goes on from it."""

    def __init__(self, cluster, options, number, hits):
        self.cluster = cluster
        self.options = options
        self.number = number
        self.hits = hits
        self.chance = random.Random(options.seed * 1_000_003 + number)
        self.job = f"{options.seed:016x}{2 * number:016x}"
        self.output = os.path.join(options.work, f"results-{number}")
        self.directory = os.path.join(cluster.data, "jobmanager", "jobs", self.job, "checkpoints")
        self.parallelism = self.chance.randint(1, 3)
        self.quick = 0
        self.problems = []

    def problem(self, text):
        print(f"round {self.number}: {text}", flush=True)
        self.problems.append(text)

    # Fail points.

    def arm(self, point):
        with open(self.options.point_file + ".new", "w") as file:
            file.write(f"{point} 1")
        os.rename(self.options.point_file + ".new", self.options.point_file)

    def wait_for_hit(self, point):
        """Whether the job manager has come to a point, and died there."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if not os.path.exists(self.options.point_file):
                self.hits[point] += 1
                self.quick += 1
                return True
            time.sleep(0.001)
        os.remove(self.options.point_file)
        self.problem(f"{point} was not reached")
        return False

    def said(self):
        names = ["jobmanager"] if self.options.jobmanagers == 1 else [
            f"jobmanager-{n + 1}" for n in range(self.options.jobmanagers)]
        return {name: self.cluster.log(name) for name in names}

    def runs_again(self, point, before, had_checkpoint):
        """Waits until the job runs and checkpoints, and looks where it went on from."""
        end = time.monotonic() + PATIENCE
        newest = (checkpoints_on_disk.complete(self.directory) or [0])[-1]
        while time.monotonic() < end:
            details = self.cluster.job(self.job)
            now = (checkpoints_on_disk.complete(self.directory) or [0])[-1]
            if details and details["state"] == "RUNNING" and now > newest:
                break
            time.sleep(0.02)
        else:
            self.problem(f"after {point} the job does not run: {details and details['state']}")
            return
        lines = [line for name, text in self.said().items() for line in text[len(before[name]):].split("\n")
                 if self.job in line]
        if had_checkpoint and not any(WENT_ON.search(line) for line in lines):
            self.problem(f"after {point} it is not told from where the job went on")
        if self.quick >= QUICK:
            time.sleep(5.5)
            self.quick = 0

    def at(self, point, trigger=None):
        """Has the job manager die at a point of a job that runs."""
        before = self.said()
        had_checkpoint = bool(checkpoints_on_disk.complete(self.directory))
        self.arm(point)
        helper = trigger() if trigger else None
        hit = self.wait_for_hit(point)
        if helper:
            helper.kill()
            helper.wait()
        if hit:
            self.runs_again(point, before, had_checkpoint)

    # What leads to them.

    def verb(self, *words):
        return subprocess.Popen([self.options.weir, *words, "--jobmanager", self.cluster.url],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                env=self.cluster.environment)

    def submit(self, job, *more):
        """Hands a job in until a job manager has taken it."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self.cluster.submit(job, self.output, self.parallelism, *more)
            except RuntimeError as error:
                if time.monotonic() > end:
                    raise
                if "WR-CLI-002" not in str(error):
                    self.problem(f"the job was not taken: {error}")
                    raise
                time.sleep(0.05)

    def kill_worker(self):
        workers = self.cluster.workers()
        os.kill(self.chance.choice(workers), signal.SIGKILL)

    def rescale(self):
        details = self.cluster.job(self.job)
        now = max(vertex["parallelism"] for vertex in details["vertices"])
        return self.verb("rescale", self.job, "--parallelism", str(1 + now % 4))

    def starting(self):
        for point in STARTING:
            # At once: the next job manager is on its way.
            self.arm(point)
            if point in STARTING[:2]:
                self.try_submit()
            self.wait_for_hit(point)
        self.submit(self.job)

    def try_submit(self):
        """Hands the job in once there is somebody, who dies of it."""
        end = time.monotonic() + PATIENCE
        while os.path.exists(self.options.point_file) and time.monotonic() < end:
            try:
                self.cluster.submit(self.job, self.output, self.parallelism)
            except RuntimeError as error:
                if "WR-CLI-002" not in str(error):
                    self.problem(f"the job was not taken: {error}")
            time.sleep(0.05)

    def cancelling(self):
        for point in CANCELLING:
            self.arm(point)
            if point in CANCELLING[:2]:
                helper = self.verb("cancel", self.job)
                hit = self.wait_for_hit(point)
                helper.kill()
                helper.wait()
                if hit and point == CANCELLING[0]:
                    self.wait_state("RUNNING")
            else:
                self.wait_for_hit(point)
        self.wait_state("CANCELED")

    def wait_state(self, state):
        end = time.monotonic() + PATIENCE
        details = None
        while time.monotonic() < end:
            details = self.cluster.job(self.job)
            if details and details["state"] == state:
                return
            time.sleep(0.02)
        self.problem(f"the job is {details and details['state']}, not {state}")

    def savepoint(self):
        """Takes one; returns its manifest's path and its files."""
        place = self.cluster.weir("savepoint", self.job, "--jobmanager", self.cluster.url,
                                  "--output", "json")
        number = int(re.search(r"chk-(\d+)", place).group(1))
        return number, checkpoints_on_disk.files_of(self.directory, number)

    def run(self, expected):
        begin = time.monotonic()
        watch = Watch(self.directory)
        watch.start()
        self.starting()
        self.wait_state("RUNNING")
        while not checkpoints_on_disk.complete(self.directory):
            time.sleep(0.05)
        saved, files = self.savepoint()
        for point in CHECKPOINTING + CLEANING:
            self.at(point)
        for point in RESTARTING:
            self.at(point, self.kill_worker)
        for point in RESCALING:
            self.at(point, self.rescale)
        self.cancelling()
        for text in watch.end() + checkpoints_on_disk.missing(self.directory):
            self.problem(text)
        newest = checkpoints_on_disk.complete(self.directory)
        if saved not in newest or any(not os.path.exists(f"{self.directory}/{f}") for f in files):
            self.problem(f"savepoint {saved} is gone, or a file of it")
        self.go_on(newest[-1], expected, begin)

    def go_on(self, newest, expected, begin):
        """Another job goes on from the newest checkpoint, to the end."""
        job = f"{self.options.seed:016x}{2 * self.number + 1:016x}"
        record = {"run": self.number, "errors": 0}
        self.options.speed, slow = 6_000_000, self.options.speed
        try:
            self.submit(job, "--from", f"{self.directory}/chk-{newest}")
        finally:
            self.options.speed = slow
        cluster_kills.finish(self.cluster, self.options, job, self.output, expected, record, begin,
                             time.monotonic() + 240)
        if record["errors"]:
            self.problem(f"the output differs by {record['errors']}")
        print(f"round {self.number}: from checkpoint {newest} to the end, {record['seconds']} s in all; "
              f"problems {len(self.problems)}", flush=True)


def campaign(options, ha=None):
    options.work = os.path.abspath(options.work)
    options.point_file = os.path.join(options.work, "fail-point")
    print(f"seed {options.seed}: {options.rounds} rounds, job managers: {options.jobmanagers}", flush=True)
    expected, _ = flights_oracle.results(options.input, int(options.disorder * 3_600_000))
    hits = collections.Counter()
    problems = []
    cluster = cluster_kills.Cluster(options, options.jobmanagers, ha,
                                    {"FAIL_POINT_FILE": options.point_file})
    cluster.start()
    try:
        for number in range(options.rounds):
            one = Round(cluster, options, number, hits)
            one.run(expected)
            problems += one.problems
    finally:
        cluster.stop()
    return hits, problems


def report(hits, problems, rounds):
    for point in POINTS:
        print(f"  {point:28} hit {hits[point]:3}")
    missed = sum(1 for point in POINTS if hits[point] < rounds)
    print(f"points: {len(POINTS)}; hits: {sum(hits.values())}; points hit in fewer rounds than {rounds}: {missed}")
    print(f"errors (started without its checkpoint, files gone, output differs, not reached): {len(problems)}",
          flush=True)
    return len(problems) + missed


def run(options):
    os.makedirs(options.work, exist_ok=True)
    if options.jobmanagers == 1:
        return report(*campaign(options), options.rounds)
    with Etcd(os.path.join(options.work, "etcd"), options.etcd) as etcd:
        return report(*campaign(options, etcd.url("fail-points")), options.rounds)


if __name__ == "__main__":
    sys.exit(1 if run(arguments()) else 0)

#!/usr/bin/env python3
"""Kills processes of a local cluster under load and compares what its jobs committed with the oracle.

Each run submits the main job to a cluster of real processes and, while its records flow, kills with
`kill -9` what the seed says: a worker, a task manager, or the job manager. The cluster has to recover
by itself. When the job has finished, its committed files must equal the oracle's multisets: 0 missing,
0 duplicate, 0 extra. After the death of a job manager the workers must be the same processes.

  cluster_kills.py --weir PATH --program PATH --input DIR --work DIR --runs 10 --seed 1

The cluster lives over all runs. A campaign that was interrupted goes on with the same --work (its log
is there); a run's number alone decides what is killed in it, and when.
"""

import argparse
import collections
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import flights_oracle
import kill_campaign

TARGETS = ["worker", "taskmanager", "jobmanager"]
TERMINAL = {"FINISHED", "FAILED", "CANCELED"}
# Longest time that a run may take, in seconds: a job that hangs is an error, not a wait for ever.
LONGEST = 240


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--weir", required=True, help="the weir executable")
    parser.add_argument("--program", required=True, help="the flights executable")
    parser.add_argument("--input", required=True, help="the unpacked flights and weather")
    parser.add_argument("--work", required=True, help="a directory of the campaign's own")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--kills", type=int, default=1, help="in each run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--disorder", type=float, default=24.0, help="bound of disorder in hours")
    parser.add_argument("--speed", type=float, default=6_000_000, help="pace of the job")
    parser.add_argument("--taskmanagers", type=int, default=2)
    parser.add_argument("--slots", type=int, default=2)
    return parser.parse_args()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """A local cluster, by its command line, its REST API, and the kernel's list of processes.

    With `ha`, the address of an etcd, there are several job managers, one of which leads."""

    def __init__(self, options, jobmanagers=1, ha=None, environment=None):
        self.options = options
        self.data = os.path.join(options.work, "cluster")
        self.jobmanagers = jobmanagers
        self.ha = ha
        self.environment = dict(os.environ, **(environment or {}))
        port = 0 if jobmanagers > 1 else None
        self.rests = [f"127.0.0.1:{free_port() if port is None else port}"]
        self.rpc = f"127.0.0.1:{free_port() if port is None else port}"

    def weir(self, *arguments):
        command = [self.options.weir, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stderr}")
        return done.stdout

    def start(self):
        command = ["cluster", "start", "--data", self.data, "--rest", self.rests[0], "--rpc", self.rpc,
                   "--taskmanagers", str(self.options.taskmanagers),
                   "--slots", str(self.options.slots), "--output", "json"]
        if self.ha:
            command += ["--jobmanagers", str(self.jobmanagers), "--ha", self.ha]
        status = json.loads(self.weir(*command))
        self.places = [url.removeprefix("http://") for url in status["rest"].split(",")]
        self.rests = list(self.places)

    @property
    def url(self):
        return ",".join(f"http://{rest}" for rest in self.rests)

    def stop(self):
        self.weir("cluster", "stop", "--data", self.data)

    def members(self):
        """Process ids by name, of those that live."""
        status = json.loads(self.weir("cluster", "status", "--data", self.data, "--output", "json"))
        return {row["process"]: row["pid"] for row in status["processes"] if row["pid"]}

    def workers(self):
        """Process ids of all workers."""
        managers = {pid for name, pid in self.members().items() if name.startswith("taskmanager")}
        found = []
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open(f"/proc/{name}/stat") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if fields[0] != "Z" and int(fields[1]) in managers:
                found.append(int(name))
        return sorted(found)

    def leader(self):
        """Name and process id of the job manager that leads; None while none does."""
        if self.ask("/weir/version") is None:
            return None
        number = self.places.index(self.rests[0]) + 1
        name = "jobmanager" if len(self.places) == 1 else f"jobmanager-{number}"
        pid = self.members().get(name)
        return (name, pid) if pid else None

    def log(self, name):
        """What a process of the cluster has said."""
        with open(os.path.join(self.data, name + ".log")) as file:
            return file.read()

    def ask(self, path):
        """What the REST API answers; None while there is nobody."""
        for rest in list(self.rests):
            try:
                # One that is frozen takes connections and says nothing.
                patience = 10 if len(self.rests) == 1 else 1
                with urllib.request.urlopen(f"http://{rest}{path}", timeout=patience) as answer:
                    found = json.load(answer)
                self.rests.remove(rest)
                self.rests.insert(0, rest)
                return found
            except (urllib.error.URLError, ConnectionError, TimeoutError, OSError):
                continue
        return None

    def submit(self, job, output, parallelism, *more):
        options = self.options
        self.weir("submit", options.program, "--detach", "--job-id", job,
                  "--jobmanager", self.url, "--parallelism", str(parallelism),
                  "-D", "execution.checkpointing.interval=200ms", *more,
                  "--", "--input", options.input, "--output", output,
                  "--disorder", str(options.disorder), "--speed", str(options.speed))

    def job(self, job):
        return self.ask(f"/jobs/{job}")


def running(cluster, job, deadline):
    """Waits until all tasks of a job run; false if that does not come."""
    while time.monotonic() < deadline:
        details = cluster.job(job)
        if details and details["state"] in TERMINAL:
            return False
        if details and details["state"] == "RUNNING":
            return True
        time.sleep(0.02)
    return False


def kill(cluster, chance, target):
    """Kills one process of a kind; what is known of it, or None if there was none."""
    members = cluster.members()
    if target == "worker":
        candidates = cluster.workers()
    elif target == "taskmanager":
        candidates = sorted(pid for name, pid in members.items() if name.startswith("taskmanager"))
    else:
        candidates = [pid for name, pid in members.items() if name == "jobmanager"]
    if not candidates:
        return None
    before = cluster.workers()
    pid = chance.choice(candidates)
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return None
    return {"target": target, "pid": pid, "workers": before}


def finish(cluster, options, job, output, expected, record, begin, deadline):
    """Waits for the end of a job and compares what it has committed; notes errors in its record."""
    details = None
    while time.monotonic() < deadline:
        details = cluster.job(job)
        if details and details["state"] in TERMINAL:
            break
        time.sleep(0.05)
    state = details["state"] if details else "UNKNOWN"
    record["state"] = state
    record["seconds"] = round(time.monotonic() - begin, 2)
    if state != "FINISHED":
        print(f"run {record['run']}: the job is {state}, not FINISHED; see {cluster.data}")
        record["errors"] += 1
    view = kill_campaign.Job(argparse.Namespace(work=options.work), "unused")
    view.output = output
    found = view.committed()
    if any(expected[name] != found[name] for name in kill_campaign.OUTPUTS):
        print(f"run {record['run']} (job {job}, {record}):")
        record["errors"] += kill_campaign.compare(expected, found)


def one_run(cluster, options, number, expected):
    """Runs the job once with its kills; a record of it, with the number of errors."""
    chance = random.Random(options.seed * 1_000_003 + number)
    job = f"{options.seed:016x}{number:016x}"
    output = os.path.join(options.work, f"results-{number}")
    parallelism = chance.randint(1, options.taskmanagers * options.slots)
    begin = time.monotonic()
    deadline = begin + LONGEST
    record = {"run": number, "parallelism": parallelism, "kills": [], "errors": 0}
    cluster.submit(job, output, parallelism)
    for _ in range(options.kills):
        if not running(cluster, job, deadline):
            break
        time.sleep(chance.uniform(0.05, 2.5))
        target = chance.choice(TARGETS)
        killed = kill(cluster, chance, target)
        if killed is None:
            continue
        if target == "jobmanager":
            while cluster.job(job) is None and time.monotonic() < deadline:
                time.sleep(0.01)
            # The job may have ended meanwhile; then its workers have, too.
            now = cluster.workers()
            killed["isAdopted"] = set(now) <= set(killed["workers"])
            if not killed["isAdopted"]:
                print(f"run {number}: the workers were {killed['workers']} and are {now}")
        del killed["workers"]
        record["kills"].append(killed)
    finish(cluster, options, job, output, expected, record, begin, deadline)
    record["errors"] += sum(1 for killed in record["kills"] if killed.get("isAdopted") is False)
    if record["errors"] == 0:
        shutil.rmtree(output)
        shutil.rmtree(os.path.join(cluster.data, "jobmanager", "jobs", job), ignore_errors=True)
    return record


def campaign(options):
    os.makedirs(options.work, exist_ok=True)
    log_path = os.path.join(options.work, "runs.jsonl")
    done = []
    if os.path.exists(log_path):
        with open(log_path) as log:
            done = [json.loads(line) for line in log]
    print(f"seed {options.seed}: {options.runs} runs, {len(done)} done before", flush=True)
    expected, _ = flights_oracle.results(options.input, int(options.disorder * 3_600_000))
    cluster = Cluster(options)
    cluster.start()
    try:
        while len(done) < options.runs:
            done.append(one_run(cluster, options, len(done), expected))
            with open(log_path, "a") as log:
                log.write(json.dumps(done[-1]) + "\n")
    finally:
        cluster.stop()
    return done


def report(done):
    targets = collections.Counter(k["target"] for entry in done for k in entry["kills"])
    print(f"runs: {len(done)}; kills: {sum(targets.values())}")
    for target in TARGETS:
        print(f"  {target:12} {targets[target]:4}  {'#' * targets[target]}".rstrip())
    adopted = [k["isAdopted"] for entry in done for k in entry["kills"] if "isAdopted" in k]
    print(f"workers the same after the death of a job manager: {sum(adopted)} of {len(adopted)}")
    seconds = sorted(entry["seconds"] for entry in done)
    if seconds:
        print(f"seconds of a run: {seconds[0]} … {seconds[-1]}, median {seconds[len(seconds) // 2]}")
    errors = sum(entry["errors"] for entry in done)
    print(f"errors (missing, duplicate, extra, not finished, not adopted): {errors}", flush=True)
    return errors


if __name__ == "__main__":
    sys.exit(1 if report(campaign(arguments())) else 0)

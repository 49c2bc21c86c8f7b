"""An etcd of a campaign's own, on ports of this machine, ended with it."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request


def free_ports(count):
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


class Etcd:
    """Runs `etcd` in a directory; use it in a `with`."""

    def __init__(self, directory, program="etcd"):
        self.directory = directory
        self.program = program
        self.process = None
        clients, peers = free_ports(2)
        self.client = f"http://127.0.0.1:{clients}"
        self.peer = f"http://127.0.0.1:{peers}"

    def url(self, prefix):
        return f"etcd://{self.client.removeprefix('http://')}/{prefix}"

    def __enter__(self):
        os.makedirs(self.directory, exist_ok=True)
        log = open(os.path.join(self.directory, "etcd.log"), "ab")
        self.process = subprocess.Popen(
            [self.program, "--data-dir", os.path.join(self.directory, "data"),
             "--listen-client-urls", self.client, "--advertise-client-urls", self.client,
             "--listen-peer-urls", self.peer, "--initial-advertise-peer-urls", self.peer,
             "--initial-cluster", f"default={self.peer}", "--log-level", "error"],
            stdout=log, stderr=log)
        while True:
            try:
                with urllib.request.urlopen(self.client + "/health", timeout=1) as answer:
                    if b"true" in answer.read():
                        return self
            except (urllib.error.URLError, ConnectionError, TimeoutError, OSError):
                pass
            if self.process.poll() is not None:
                raise RuntimeError(f"etcd ended with {self.process.returncode}; see {log.name}")
            time.sleep(0.05)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

"""What the benchmarks of posting share: the service, a sweep, a run of it."""

import json
import os
import signal
import subprocess
import sys
import time

import table

sys.path.insert(0, os.path.join(table.ROOT, "bench", "peers"))
KEYS = {"NOSANA_API_KEY": "nos_practice",
        "PINATA_JWT": "practice.token.pinata"}
MARKET = "7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq"
DEFINITION = {
    "version": "0.1", "type": "container", "meta": {"trigger": "cli"},
    "ops": [{"type": "container/run", "id": "train", "args": {
        "image": "ubuntu", "cmd": "train --n ${{ n }} --seed 7",
        "env": {"N": "${{ n }}", "NOTE": "x" * 200}}}]}


class Service:
    """A server of its own on the first core, ended with the block."""

    def __init__(self, folder, command):
        self.port_file = os.path.join(folder, "port")
        if os.path.exists(self.port_file):
            os.unlink(self.port_file)
        core = table.cores()[0]
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core),
             *[self.port_file if part == "PORT" else part
               for part in command]],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.base = ""
        self.late_us = 0.0
        self.mean_us = 0.0

    def __enter__(self):
        for _ in range(1000):
            if os.path.exists(self.port_file):
                break
            time.sleep(0.01)
        with open(self.port_file, encoding="ascii") as file:
            self.base = "http://127.0.0.1:" + file.read().strip()
        return self

    def __exit__(self, *_):
        """The lean service says how long its answers took on the average."""
        self.process.send_signal(signal.SIGTERM)
        said = self.process.communicate()[0].split()
        if len(said) == 2:
            self.mean_us = float(said[1])


def lean(arguments, folder, latency_ms=0, jitter=0):
    """bench/service.c."""
    return Service(folder, [os.path.join(arguments.bin, "bench-service"),
                            "PORT", str(latency_ms), str(jitter)])


def stand_in(arguments, folder):
    """The project's stand-in service, which keeps every promise."""
    return Service(folder, [arguments.nosbatch + "-sandbox", "--port", "0",
                            "--port-file", "PORT", "--credits", "1000000000"])


def write_manifest(folder, jobs):
    """A sweep of so many jobs."""
    path = os.path.join(folder, "bench.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"id": "bench", "market": "nvidia-3060",
                   "params": {"n": {"range": [1, jobs]}},
                   "definition": DEFINITION}, file)
    return path


def post(arguments, folder, base, jobs, connections, ledger=None):
    """Posts a sweep into a new ledger, which stays: a table.Timed."""
    manifest = write_manifest(folder, jobs)
    path = os.path.join(ledger or folder, "bench.jsonl")
    for name in (path, path + ".lock"):
        if os.path.exists(name):
            os.unlink(name)
    return table.timed(
        [arguments.nosbatch, "run", manifest, "--ledger", path, "--yes", "-q",
         "--connections", str(connections)], cpu=table.cores()[1],
        env={**KEYS, "NOSANA_API_URL": base + "/api", "PINATA_API_URL": base,
             "XDG_CACHE_HOME": folder})


def disk_folder():
    """Where ledgers are on a disk in earnest: a memory disk syncs nothing."""
    return os.path.join(table.ROOT, "build")

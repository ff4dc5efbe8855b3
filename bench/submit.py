#!/usr/bin/env python3
"""How fast jobs are posted: beside wrk, and beside the law of latency.

    bench/submit.py [--bin build] [--jobs 20000] [--runs 5]

Prints one row a measurement: median, least and most of the runs, and the
ratio to its yardstick. Python's standard library only.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

DEFINITION = {
    "version": "0.1", "type": "container", "meta": {"trigger": "cli"},
    "ops": [{"type": "container/run", "id": "train", "args": {
        "image": "ubuntu", "cmd": "train --n ${{ n }} --seed 7",
        "env": {"N": "${{ n }}", "NOTE": "x" * 200}}}]}


class Service:
    """A stand-in of its own, ended with the block."""

    def __init__(self, folder, binary, *options):
        self.port_file = os.path.join(folder, "port")
        self.process = subprocess.Popen(
            [binary, "--port", "0", "--port-file", self.port_file,
             "--credits", "1000000", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        for _ in range(500):
            if os.path.exists(self.port_file):
                break
            time.sleep(0.01)
        with open(self.port_file, encoding="ascii") as file:
            self.base = "http://127.0.0.1:" + file.read().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        os.unlink(self.port_file)


def post(folder, nosbatch, base, jobs, connections):
    """Posts a sweep into a new ledger; returns seconds and CPU seconds."""
    manifest = os.path.join(folder, "bench.json")
    with open(manifest, "w", encoding="utf-8") as file:
        json.dump({"id": "bench", "market": "nvidia-3060",
                   "params": {"n": {"range": [1, jobs]}},
                   "definition": DEFINITION}, file)
    ledger = os.path.join(folder, "bench.jsonl")
    for name in (ledger, ledger + ".lock"):
        if os.path.exists(name):
            os.unlink(name)
    environment = dict(
        os.environ, NOSANA_API_URL=base + "/api", PINATA_API_URL=base,
        NOSANA_API_KEY="nos_practice", PINATA_JWT="practice.token.pinata",
        XDG_CACHE_HOME=folder)
    before = os.times()
    start = time.monotonic()
    subprocess.run(
        [nosbatch, "run", manifest, "--ledger", ledger, "--yes", "-q",
         "--connections", str(connections)],
        check=True, env=environment, stdin=subprocess.DEVNULL)
    seconds = time.monotonic() - start
    after = os.times()
    cpu = (after.children_user - before.children_user +
           after.children_system - before.children_system)
    return seconds, cpu


def wrk(base):
    """Requests a second of a bare client on the same service, or None."""
    if not shutil.which("wrk"):
        return None
    found = subprocess.run(
        ["wrk", "-t1", "-c64", "-d2s", "-H",
         "Authorization: Bearer nos_practice", base + "/api/credits/balance"],
        check=True, capture_output=True, text=True).stdout
    return float(re.search(r"Requests/sec:\s+([\d.]+)", found).group(1))


def row(name, values, unit, note):
    """Prints one measurement."""
    print(f"{name:<34} {statistics.median(values):>10.2f} {unit:<10} "
          f"{min(values):>9.2f} … {max(values):<9.2f} {note}")


def submit(arguments, folder, nosbatch, sandbox):
    """No latency: two requests a job, beside wrk's requests."""
    rates, cpu, ratios = [], [], []
    for _ in range(arguments.runs):
        with Service(folder, sandbox) as service:
            seconds, used = post(folder, nosbatch, service.base,
                                 arguments.jobs, 64)
            bare = wrk(service.base)
        rates.append(arguments.jobs / seconds)
        cpu.append(used / arguments.jobs * 1e6)
        if bare:
            ratios.append(2 * arguments.jobs / seconds / bare)
    row("submit, 0 ms, 64 in flight", rates, "jobs/s", "")
    row("  processor time", cpu, "us/job", "")
    if ratios:
        row("  2 x jobs/s over wrk's", ratios, "x", "")
    else:
        print("  wrk is not installed: skipped")


def latency(arguments, folder, nosbatch, sandbox):
    """Some latency: the share of in flight / (2 x latency) that is reached."""
    for milliseconds, connections in ((5, 64), (50, 64), (50, 256)):
        law = connections / (2 * milliseconds / 1000)
        jobs = int(law * 4)
        shares = []
        for _ in range(arguments.runs):
            with Service(folder, sandbox, "--latency", str(milliseconds),
                         "--jitter", "50") as service:
                seconds, _ = post(folder, nosbatch, service.base, jobs,
                                  connections)
            shares.append(100 * jobs / seconds / law)
        row(f"{milliseconds} ms, {connections} in flight", shares, "% of law",
            "(start and end included)")


def main():
    """Runs all measurements."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build")
    parser.add_argument("--jobs", type=int, default=20000)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    nosbatch = os.path.abspath(os.path.join(arguments.bin, "nosbatch"))
    sandbox = nosbatch + "-sandbox"
    print(f"{'measurement':<34} {'median':>10} {'':<10} least … most")
    with tempfile.TemporaryDirectory() as folder:
        submit(arguments, folder, nosbatch, sandbox)
        latency(arguments, folder, nosbatch, sandbox)


if __name__ == "__main__":
    sys.exit(main())

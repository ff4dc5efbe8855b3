#!/usr/bin/env python3
"""Whether the level that a service takes is found, and kept, for real.

    bench/pace.py [--bin build] [--runs 5]

The stand-in refuses more than R requests a second (or gets slower with each
request under way), a run posts to it, and the stand-in's own counts are read
each second once the level should be known. tests/unit/test_pace_services.c
does the same for many services, in virtual time. Half a minute a run.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

import table

DEFINITION = {
    "version": "0.1", "type": "container", "ops": [
        {"type": "container/run", "id": "a",
         "args": {"image": "ubuntu", "cmd": "echo ${{ n }}"}}]}
# name, options of the stand-in, requests a second, when the level is known
SERVICES = (
    ("200/s, 50 ms", ("--rate-limit", "200", "--rate-silence", "0",
                      "--latency", "50", "--jitter", "50"), 200, 10),
    ("2,000/s, 0 ms", ("--rate-limit", "2000", "--rate-silence", "0"),
     2000, 10),
    ("200/s, 50 ms, Retry-After: 1", ("--rate-limit", "200", "--latency",
                                      "50", "--jitter", "50"), 200, 30),
    ("slower by 5 ms for each other", ("--latency", "5", "--load-latency",
                                       "5"), 200, 10),
)
WATCHED_S = 20
QUICK_S = 2


class Service:
    """A stand-in of its own, ended with the block."""

    def __init__(self, folder, binary, options):
        port_file = os.path.join(folder, "port")
        self.process = subprocess.Popen(
            [binary, "--port", "0", "--port-file", port_file,
             "--credits", "1000000", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        while not os.path.exists(port_file) or not os.path.getsize(port_file):
            time.sleep(0.01)
        with open(port_file, encoding="ascii") as file:
            self.base = "http://127.0.0.1:" + file.read().strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def counts(self):
        """(taken, refused) until now; what asks for it counts for nothing."""
        with urllib.request.urlopen(self.base + "/_sandbox/stats") as reply:
            answers = json.load(reply)["answers"]
        return answers["2xx"], answers["4xx"]


def start(folder, nosbatch, base, jobs):
    """A run that has more to post than it will."""
    manifest = os.path.join(folder, "m.json")
    with open(manifest, "w", encoding="utf-8") as file:
        json.dump({"id": "pace", "market": "nvidia-3060",
                   "params": {"n": {"range": [1, jobs]}},
                   "definition": DEFINITION}, file)
    return subprocess.Popen(
        [nosbatch, "run", manifest, "--yes", "-q"],
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=dict(os.environ, NOSANA_API_URL=base + "/api",
                 PINATA_API_URL=base, NOSANA_API_KEY="nos_practice",
                 PINATA_JWT="practice.token.pinata", XDG_CACHE_HOME=folder))


def watch(service, settled_s, watched_s):
    """(seconds, taken, refused) at the beginning of each second watched."""
    begun = time.monotonic()
    seen = []
    for second in range(watched_s + 1):
        time.sleep(max(0, begun + settled_s + second - time.monotonic()))
        seen.append((time.monotonic(), *service.counts()))
    return seen


def measure(arguments, options, rate, settled_s):
    """(rate over what is taken, percent refused, largest swing in percent)."""
    watched_s = QUICK_S if arguments.quick else WATCHED_S
    settled_s = QUICK_S if arguments.quick else settled_s
    with tempfile.TemporaryDirectory() as folder, \
            Service(folder, arguments.nosbatch + "-sandbox",
                    options) as service:
        run = start(folder, arguments.nosbatch, service.base,
                    rate * (settled_s + watched_s) * 2)
        try:
            seen = watch(service, settled_s, watched_s)
        finally:
            run.kill()
            run.wait()
    taken = seen[-1][1] - seen[0][1]
    refused = seen[-1][2] - seen[0][2]
    mean = taken / (seen[-1][0] - seen[0][0])
    # Two seconds together: one may hold a second's silence that was asked for.
    rates = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in zip(seen, seen[2:])]
    swing = max(abs(r / mean - 1) for r in rates)
    return mean / rate, 100 * refused / (taken + refused), 100 * swing


def main():
    """Runs all measurements."""
    arguments = table.arguments(__doc__)
    services = SERVICES[:1] if arguments.quick else SERVICES
    for name, options, rate, settled_s in services:
        table.section(f"Pace, a service that takes {name}")
        found = [measure(arguments, options, rate, settled_s)
                 for _ in table.runs(arguments.runs)]
        shares, refused, swings = zip(*found)
        silent = "Retry-After" in name
        table.row(f"rate over R, after {settled_s} s", shares, "x",
                  wanted=">= 0.9")
        table.row("refused", refused, "%", wanted="<= 1")
        table.row("largest swing", swings, "%",
                  wanted=None if silent else "<= 20",
                  note="a probe costs a second's silence" if silent else "")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""How fast a spelled-out manifest is read and checked.

    bench/manifest.py [--bin build] [--runs 5] [--lines 1000000]

Writes a gzip file of that many entries, 400 bytes and a line each, and has it
read and checked as every command does before anything else, and by `nosbatch
validate`, which also compares all names and keys. The yardstick is the work that nobody is spared:
zlib's inflate alone, and the JSON reader alone on the same text. `zcat`, which
only inflates, is beside it on the clock, as a second core may help us there;
jq and Python, which inflate and parse but check nothing, are given a tenth of
the lines. Python's standard library only.
"""

import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

import table

MARKET = "97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf"
LINE = 400  # bytes, the newline included
PEERS_SHARE = 10
SHORT = 20000  # lines: what memory is without most of them
PADDING = " --tag " + "abcdefghijklmnopqrstuvwxyz" * 8
PYTHON = ("import gzip, json, sys\n"
          "for line in gzip.open(sys.argv[1]):\n"
          "    json.loads(line)\n")


def spelled(number, chance):
    """One entry of a sweep, all of it written out."""
    lr = chance.choice((0.1, 0.03, 0.01, 0.003, 0.001))
    cmd = (f"python train.py --lr {lr} --wd {chance.random():.6f} "
           f"--layers {chance.randrange(2, 24)} --seed {number}")
    return {"id": f"train-{number:07d}", "market": MARKET, "timeout": 3600,
            "definition": {
                "version": "0.1", "type": "container",
                "meta": {"trigger": "cli"},
                "ops": [{"type": "container/run", "id": "train", "args": {
                    "image": "pytorch/pytorch:2.4.0", "gpu": True, "cmd": cmd,
                    "env": {"RUN": f"{chance.getrandbits(64):016x}"}}}]}}


def dumps(entry):
    return json.dumps(entry, separators=(",", ":"))


def alike(number, chance):
    """A line of LINE bytes that differs from others in its text only."""
    entry = spelled(number, chance)
    args = entry["definition"]["ops"][0]["args"]
    args["cmd"] += PADDING[:LINE - 1 - len(dumps(entry))]
    return dumps(entry) + "\n"


def unlike(number, chance):
    """The same without a line that has the shape of the one before."""
    entry = spelled(number, chance)
    args = entry["definition"]["ops"][0]["args"]
    if number % 2:
        args["work_dir"] = "/w"
    args["cmd"] += PADDING[:LINE - 1 - len(dumps(entry))]
    return dumps(entry) + "\n"


class Files:
    """One text as plain and gzip files, and their first part for peers."""

    def __init__(self, folder, name, line, lines):
        chance = random.Random(1)
        self.plain = os.path.join(folder, name + ".jsonl")
        self.packed = self.plain + ".gz"
        self.part = os.path.join(folder, name + "-part.jsonl.gz")
        with open(self.plain, "w", encoding="ascii") as plain, \
                gzip.open(self.packed, "wt", compresslevel=6) as packed, \
                gzip.open(self.part, "wt", compresslevel=6) as part:
            for number in range(lines):
                text = line(number, chance)
                plain.write(text)
                packed.write(text)
                if number < lines // PEERS_SHARE:
                    part.write(text)


class Readers:
    """What reads the files."""

    def __init__(self, arguments):
        self.nosbatch = arguments.nosbatch
        self.read = os.path.join(arguments.bin, "bench-read")

    def seconds(self, way, path):
        """Processor time of one way of bench-read."""
        return float(table.timed([self.read, way, path],
                                 keep=True).output.split()[0])

    def entries(self, path):
        """All entries, read and checked."""
        return table.timed([self.read, "manifest", path])

    def validate(self, path):
        return table.timed([self.nosbatch, "validate", path])


def against_limits(readers, files, runs, title, wanted):
    """Processor time beside inflate and the JSON reader; zcat's clock."""
    reading, validate, clock, processor, rss = [], [], [], [], []
    for _ in table.runs(runs):
        limit = (readers.seconds("inflate", files.packed) +
                 readers.seconds("json", files.plain))
        ours = readers.entries(files.packed)
        zcat = table.timed(["zcat", files.packed])
        reading.append(limit / ours.cpu_s)
        validate.append(limit / readers.validate(files.packed).cpu_s)
        clock.append(zcat.wall_s / ours.wall_s)
        processor.append(zcat.cpu_s / ours.cpu_s)
        rss.append(ours.rss_kib)
    table.row(f"{title}: of inflate + JSON reader", reading, "x",
              "processor time, both threads", wanted and ">= 0.85")
    table.row("  over zcat, by the clock", clock, "x",
              f"{len(os.sched_getaffinity(0))} cores", wanted and ">= 1.5")
    table.row("  over zcat, processor time", processor, "x")
    table.row("  validate: of inflate + JSON reader", validate, "x",
              "it also compares all names and keys")
    return rss


def memory(readers, folder, rss, lines):
    """What an entry adds: its id."""
    short = Files(folder, "short", alike, SHORT)
    base = readers.entries(short.packed).rss_kib
    table.row("  memory an entry", [(kib - base) * 1024 / (lines - SHORT)
                                    for kib in rss], "B",
              "16 for the id, in tables with room")


def peers(readers, files, runs):
    """Programs that check nothing."""
    found = {"jq": ["sh", "-c", 'zcat "$1" | jq -c .id', "sh", files.part],
             "Python": [sys.executable, "-c", PYTHON, files.part]}
    for name, command in found.items():
        if name == "jq" and not shutil.which("jq"):
            table.skipped("  over jq", "not installed")
            continue
        ratios = []
        for _ in table.runs(runs):
            theirs = table.timed(command).wall_s * PEERS_SHARE
            ratios.append(theirs / readers.entries(files.packed).wall_s)
        table.row(f"  over {name}", ratios, "x", "which only parses")


def main():
    """All rows."""
    arguments = table.arguments(__doc__, lambda parser: parser.add_argument(
        "--lines", type=int, default=1000000, metavar="N"))
    if arguments.quick:
        arguments.lines = 2 * SHORT
    readers = Readers(arguments)
    table.section(f"Manifest: {arguments.lines:,} spelled-out lines of "
                  f"{LINE} bytes, gzip")
    with tempfile.TemporaryDirectory() as folder:
        files = Files(folder, "alike", alike, arguments.lines)
        rss = against_limits(readers, files, arguments.runs,
                             "one shape", True)
        memory(readers, folder, rss, arguments.lines)
        peers(readers, files, arguments.runs)
        against_limits(readers,
                       Files(folder, "unlike", unlike, arguments.lines),
                       arguments.runs, "two shapes by turns", False)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error}\n{error.stderr}")
